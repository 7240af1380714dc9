using Lockstep.Node.Data.Order;

namespace Lockstep.World.Tests.Ledger;

/// <summary>A bit for every sample of every epoch: which ones have gone into a committed sum.</summary>
internal sealed class SampleLedger(int samples)
{
    private readonly List<ulong[]> _epochs = [];
    private readonly List<int> _counts = [];

    /// <summary>Enters what one committed microbatch held.</summary>
    public void Enter(ReadOnlySpan<SamplePosition> positions)
    {
        foreach (var (epoch, sample) in positions)
        {
            while (_epochs.Count <= epoch)
            {
                _epochs.Add(new ulong[(samples + 63) / 64]);
                _counts.Add(0);
            }
            ref var word = ref _epochs[(int)epoch][sample / 64];
            var bit = 1UL << (sample % 64);
            if ((word & bit) != 0) throw new WorldViolation($"sample {sample} is twice in epoch {epoch}");
            word |= bit;
            _counts[(int)epoch]++;
        }
    }

    /// <summary>Samples entered of an epoch.</summary>
    public int CountOf(int epoch) => epoch < _counts.Count ? _counts[epoch] : 0;

    /// <summary>The samples of an epoch that were not entered.</summary>
    public IEnumerable<int> MissingOf(int epoch) => Enumerable.Range(0, samples).Where(sample => (_epochs[epoch][sample / 64] >> (sample % 64) & 1) == 0);
}
