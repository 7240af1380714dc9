namespace Lockstep.World.Tests;

/// <summary>What a world's run is like.</summary>
internal sealed record Shape(int Nodes, int Microbatches, int Floats, int SliceFloats, long Steps, string Reducer, int GroupSize, int DigestEverySteps, ulong Speeds)
{
    public static Shape Of(SplitMix64 chance) => new(
        Nodes: 2 + chance.Below(6),
        Microbatches: chance.Of(8, 8, 16),
        Floats: chance.Of(16, 48, 96),
        SliceFloats: chance.Of(16, 32, 64),
        Steps: 8 + chance.Below(17),
        Reducer: chance.Of("hub", "direct", "auto"),
        GroupSize: chance.Of(0, 0, 2, 3),
        DigestEverySteps: chance.Of(1, 1, 4),
        Speeds: chance.Next());

    /// <summary>How much slower than the fastest a node is; most are about equal.</summary>
    public double Slowness(string node)
    {
        var chance = new SplitMix64(Speeds ^ (ulong)node.GetHashCodeOfText());
        return chance.OneIn(5) ? chance.Between(2, 6) : chance.Between(1, 1.3);
    }
}
