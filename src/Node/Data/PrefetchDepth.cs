using System.Globalization;
using Lockstep.Models;

namespace Lockstep.Node.Data;

/// <summary>How many microbatches a node prepares ahead, and what to tell the user when the budget is too small.</summary>
/// <param name="Microbatches">At least one a lane and one that is in the making.</param>
/// <param name="Warning">Null when the budget was kept.</param>
public readonly record struct PrefetchDepth(int Microbatches, string? Warning)
{
    private const double MiB = 1 << 20;

    /// <summary>Bytes of one microbatch's views, float32.</summary>
    public static long BytesOf(RunShape shape, IReadOnlyList<ViewSpec> views) =>
        shape.MicrobatchSize * views.Sum(view => 3L * view.Size * view.Size) * sizeof(float);

    /// <summary>The smaller of number and budget, but never less than lanes + 1: with fewer, a lane waits though the disk is fast.</summary>
    /// <param name="atMost">Data:PrefetchMicrobatches.</param>
    /// <param name="budgetMiB">Data:PrefetchMiB.</param>
    /// <param name="microbatchBytes">See <see cref="BytesOf"/>; 0 for a method that wants no views.</param>
    /// <param name="lanes">Lanes of the node.</param>
    public static PrefetchDepth For(int atMost, int budgetMiB, long microbatchBytes, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(atMost);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(budgetMiB);
        ArgumentOutOfRangeException.ThrowIfNegative(microbatchBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        var least = lanes + 1;
        var fits = ((long)budgetMiB << 20) / Math.Max(1, microbatchBytes);
        var depth = (int)Math.Max(least, Math.Min(atMost, fits));
        if (fits >= least) return new(depth, null);
        var needed = Math.Ceiling(least * microbatchBytes / MiB);
        return new(depth, string.Create(CultureInfo.InvariantCulture,
            $"Data:PrefetchMiB={budgetMiB} holds {fits} microbatches of {microbatchBytes / MiB:0.0} MiB, but {lanes} lanes need {least} to go on without waiting: {needed:0} MiB are used. Set Data:PrefetchMiB={needed:0}, or raise Run:Microbatches or lower Node:Lanes."));
    }
}
