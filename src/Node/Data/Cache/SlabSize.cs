namespace Lockstep.Node.Data.Cache;

internal static class SlabSize
{
    /// <summary>Bytes a slab: 64 MiB, and from 16 GiB on a 256th of the budget up to 1 GiB, so that there are few files.</summary>
    public static int For(long budgetBytes)
    {
        const int Least = 64 << 20, Most = 1 << 30;
        return (int)Math.Clamp(budgetBytes / 256, Least, Most);
    }
}
