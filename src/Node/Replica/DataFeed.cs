using Lockstep.Node.Data;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>
/// The prefetcher that reads ahead for a node's range, replaced when the range changes, and short-lived ones for
/// microbatches that the node takes over in the middle of a step.
/// </summary>
internal sealed class DataFeed(Func<MicrobatchSet, MicrobatchBlock, long, long, MicrobatchPrefetcher> create) : IDisposable
{
    private MicrobatchPrefetcher? _ahead;
    private MicrobatchBlock _range;
    private long _nextStep, _endStep;

    /// <summary>Broken samples replaced so far.</summary>
    public long ReplacedSamples { get; private set; }

    /// <summary>The range of the steps to come.</summary>
    public void Expect(MicrobatchBlock range, long endStep)
    {
        if (range == _range && endStep == _endStep) return;
        _ahead?.Dispose();
        (_ahead, _range, _endStep) = (null, range, endStep);
    }

    /// <summary>Who serves these microbatches of a step. Disposing the lease ends what was only made for them.</summary>
    public Lease For(long step, MicrobatchSet microbatches)
    {
        if (!microbatches.Equals(MicrobatchSet.Of(_range)))
            return new(this, create(microbatches, default, step, step + 1), keep: false);
        if (_ahead is null || _nextStep != step)
        {
            _ahead?.Dispose();
            _ahead = create(microbatches, _range, step, _endStep);
        }
        _nextStep = step + 1;
        return new(this, _ahead, keep: true);
    }

    public void Dispose() => _ahead?.Dispose();

    /// <summary>A prefetcher for one computation.</summary>
    public sealed class Lease(DataFeed feed, MicrobatchPrefetcher prefetcher, bool keep) : IDisposable
    {
        public MicrobatchPrefetcher Prefetcher => prefetcher;

        public void Dispose()
        {
            feed.ReplacedSamples = prefetcher.ReplacedSamples;
            if (!keep) prefetcher.Dispose();
        }
    }
}
