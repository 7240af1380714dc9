namespace Lockstep.Simulation.Exchanges;

/// <summary>
/// When parts of a node's gradient become final: half of it after a share of the last microbatch's backward pass, evenly
/// before and after that. Without overlap all of it at the end.
/// </summary>
/// <param name="BackwardStart">Seconds since the step began.</param>
/// <param name="BackwardEnd">Seconds since the step began: the node has finished computing.</param>
/// <param name="HalfFinalShare">Share of the backward pass after which half is final, 0 to 1; null: nothing leaves before the end.</param>
public readonly record struct GradientReady(double BackwardStart, double BackwardEnd, double? HalfFinalShare)
{
    /// <summary>Everything final at a moment.</summary>
    public static GradientReady AllAt(double time) => new(time, time, null);

    /// <summary>When this share of the gradient, 0 to 1, is final.</summary>
    public double TimeOf(double share)
    {
        if (HalfFinalShare is not { } half) return BackwardEnd;
        var done = share <= 0.5 ? 2 * share * half : half + (2 * share - 1) * (1 - half);
        return BackwardStart + done * (BackwardEnd - BackwardStart);
    }
}
