using Lockstep.Protos;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>
/// Random contributions of a member's microbatches, by step. Regions become final when the test says so, in any order.
/// </summary>
internal sealed class RandomPartials : IStepPartials
{
    private readonly long _step;
    private readonly Dictionary<MicrobatchBlock, float[]> _sums;
    private readonly bool[] _final;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RandomPartials(long step, MicrobatchSet work, int floats, bool final)
    {
        (_step, Work, LengthFloats, Blocks) = (step, work, floats, work.Blocks);
        _sums = Blocks.ToDictionary(block => block, block => TreeSum(step, block, floats));
        _final = new bool[floats];
        if (final) Array.Fill(_final, true);
    }

    public int LengthFloats { get; }

    public MicrobatchSet Work { get; }

    public IReadOnlyList<MicrobatchBlock> Blocks { get; }

    public Task Changed => _changed.Task;

    /// <summary>All there from the start.</summary>
    public static RandomPartials Final(long step, MicrobatchSet work, int floats) => new(step, work, floats, final: true);

    /// <summary>Nothing is final before <see cref="FinishInAnyOrder"/>.</summary>
    public static RandomPartials InBackward(long step, MicrobatchSet work, int floats) => new(step, work, floats, final: false);

    /// <summary>Numbers of very different sizes, so that another order of additions gives other bits.</summary>
    public static float[] Contribution(long step, int microbatch, int floats)
    {
        var (floatsOf, state) = (new float[floats], (uint)(step * 1009 + microbatch) * 2654435761u + 1);
        for (var i = 0; i < floats; i++)
        {
            state = state * 1664525 + 1013904223; // any generator will do, but the tests make many millions
            floatsOf[i] = (int)state * MathF.ScaleB(1, -(int)(state >> 9 & 31));
        }
        return floatsOf;
    }

    /// <summary>The sum by its definition: recursively, in halves.</summary>
    public static float[] TreeSum(long step, MicrobatchBlock block, int floats)
    {
        if (block.Count == 1) return Contribution(step, block.First, floats);
        var half = block.Count / 2;
        var (left, right) = (TreeSum(step, new(block.First, half), floats), TreeSum(step, new(block.First + half, half), floats));
        for (var i = 0; i < floats; i++) left[i] += right[i];
        return left;
    }

    /// <summary>Makes region after region final, in an order drawn from the step and the seed, letting others run in between.</summary>
    public async Task FinishInAnyOrder(int seed)
    {
        const int Region = 97;
        var random = new Random(seed * 7919 + (int)_step);
        var regions = Enumerable.Range(0, (LengthFloats + Region - 1) / Region).ToArray();
        random.Shuffle(regions);
        foreach (var region in regions)
        {
            for (var turns = random.Next(3); turns > 0; turns--) await Task.Yield();
            lock (_final) _final.AsSpan(region * Region, Math.Min(Region, LengthFloats - region * Region)).Fill(true);
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }

    public bool IsSummed(int offset, int length)
    {
        lock (_final) return !_final.AsSpan(offset, length).Contains(false);
    }

    public Memory<float> SumOf(MicrobatchBlock block, int offset, int length) =>
        IsSummed(offset, length) ? _sums[block].AsMemory(offset, length) : throw new InvalidOperationException($"[{offset}, {offset + length}) is not final");
}
