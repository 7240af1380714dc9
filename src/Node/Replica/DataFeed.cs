using Lockstep.Node.Data;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>
/// The prefetcher that reads ahead for a node's range, replaced when the range changes, and short-lived ones for
/// microbatches that the node takes over in the middle of a step.
/// </summary>
internal sealed class DataFeed(Func<MicrobatchSet, MicrobatchBlock, long, long, MicrobatchPrefetcher> create) : IDisposable
{
    private readonly Lock _gate = new();
    private MicrobatchPrefetcher? _ahead;
    private (MicrobatchBlock Range, long EndStep) _wanted, _made;
    private long _nextStep;

    /// <summary>The range of the steps to come. Lanes may still be taking from the one before: it is replaced when they are done.</summary>
    public void Expect(MicrobatchBlock range, long endStep)
    {
        lock (_gate) _wanted = (range, endStep);
    }

    /// <summary>Who serves these microbatches of a step. One lease at a time; disposing it ends what was only made for it.</summary>
    public Lease For(long step, MicrobatchSet microbatches)
    {
        lock (_gate)
        {
            if (!microbatches.Equals(MicrobatchSet.Of(_wanted.Range)))
                return new(create(microbatches, default, step, step + 1), keep: false);
            if (_ahead is null || _nextStep != step || _made != _wanted)
            {
                _ahead?.Dispose();
                _ahead = create(microbatches, _wanted.Range, step, _wanted.EndStep);
                _made = _wanted;
            }
            _nextStep = step + 1;
            return new(_ahead, keep: true);
        }
    }

    public void Dispose() => _ahead?.Dispose();

    /// <summary>A prefetcher for one computation.</summary>
    public sealed class Lease(MicrobatchPrefetcher prefetcher, bool keep) : IDisposable
    {
        public MicrobatchPrefetcher Prefetcher => prefetcher;

        public void Dispose()
        {
            if (!keep) prefetcher.Dispose();
        }
    }
}
