namespace Lockstep.Models.Tests.Masks;

internal static class Allocations
{
    /// <summary>Managed bytes of one call. The runtime itself allocates a little when it recompiles a hot method: the least of some counts.</summary>
    public static long Least(Action action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
