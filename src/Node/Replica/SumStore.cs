using Lockstep.Models;
using Lockstep.Models.Replica;

namespace Lockstep.Node.Replica;

/// <summary>The sums of steps that are not applied yet: one for a member, a queue of them for a node that catches up.</summary>
internal sealed class SumStore(IPretrainingMethod method) : IDisposable
{
    // A listener that is this far behind stops reading: its links fill, and the others wait for it.
    private const int MostSums = 256;
    private const long MostBytes = 2L << 30;
    private readonly SortedDictionary<long, Held> _sums = [];
    private readonly Stack<Held> _spare = new();
    private readonly int _most = (int)Math.Clamp(MostBytes / (method.Contribution.Length * sizeof(float)), 2, MostSums);
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A buffer for a step's sum; waits while too many are held.</summary>
    public async Task<Held> RentAsync(long step, CancellationToken ct)
    {
        while (true)
        {
            Task freed;
            lock (_sums)
            {
                if (_sums.Remove(step, out var old)) _spare.Push(old);
                if (_sums.Count < _most)
                {
                    var held = _spare.TryPop(out var spare) ? spare : new Held(new FlatBuffer(method.Contribution));
                    _sums.Add(step, held);
                    return held;
                }
                freed = _freed.Task;
            }
            await freed.WaitAsync(ct);
        }
    }

    /// <summary>The sum of a step.</summary>
    public FlatBuffer Of(long step)
    {
        lock (_sums) return _sums[step].Sum;
    }

    /// <summary>Gives back the sums of earlier steps.</summary>
    public void DropBefore(long step)
    {
        lock (_sums)
        {
            foreach (var old in _sums.Keys.TakeWhile(key => key < step).ToArray())
            {
                _sums.Remove(old, out var held);
                _spare.Push(held!);
            }
            Interlocked.Exchange(ref _freed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    public void Dispose()
    {
        foreach (var held in _sums.Values.Concat(_spare)) held.Dispose();
    }

    /// <summary>A sum's buffer, and the same as memory that gRPC writes into.</summary>
    public sealed class Held(FlatBuffer sum) : IDisposable
    {
        private readonly FlatMemory _memory = new(sum);

        public FlatBuffer Sum => sum;

        public Memory<float> Memory => _memory.Memory;

        public void Dispose()
        {
            ((IDisposable)_memory).Dispose();
            sum.Dispose();
        }
    }
}
