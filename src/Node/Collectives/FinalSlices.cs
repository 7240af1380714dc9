using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>Slices of a step in the order in which they become final.</summary>
internal static class FinalSlices
{
    /// <summary>Calls an action once for every slice, as soon as it is final.</summary>
    public static async Task ForEachAsync(SliceRoute[] slices, IStepPartials partials, Func<SliceRoute, ValueTask> action, CancellationToken ct)
    {
        var done = new bool[slices.Length];
        for (var left = slices.Length; left > 0;)
        {
            ct.ThrowIfCancellationRequested();
            var (changed, before) = (partials.Changed, left);
            for (var i = 0; i < slices.Length; i++)
            {
                if (done[i] || !partials.IsSummed(slices[i].Offset, slices[i].Length)) continue;
                await action(slices[i]).ConfigureAwait(false);
                done[i] = true;
                left--;
            }
            if (left == before) await changed.WaitAsync(ct).ConfigureAwait(false);
        }
    }
}
