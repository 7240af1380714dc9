using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>A finished <see cref="BlockAccumulator"/> as a reducer reads it. Goes away with that class.</summary>
public sealed class CompletedPartials(BlockAccumulator sums) : IStepPartials
{
    private readonly IReadOnlyList<BlockPartial> _blocks = sums.Blocks;

    public int LengthFloats => sums.LengthFloats;

    public MicrobatchSet Work { get; } = MicrobatchSet.Of(new MicrobatchBlock(sums.First, sums.Count));

    public IReadOnlyList<MicrobatchBlock> Blocks => Work.Blocks;

    public Task Changed => Task.CompletedTask;

    public bool IsSummed(int offset, int length) => true;

    public Memory<float> SumOf(MicrobatchBlock block, int offset, int length) => _blocks.First(partial => partial.Block == block).Sum.Slice(offset, length);
}
