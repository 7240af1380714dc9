using Lockstep.Protos;

namespace Lockstep.Simulation.Steps;

/// <summary>
/// Compute times with jitter: a microbatch's time is log-normal with the given mean and relative deviation, drawn by (seed,
/// step, microbatch); so it is the same whoever computes it. A node's sum of many is drawn at once, as normal.
/// </summary>
internal sealed class ComputeDraws(double meanSeconds, double jitter, ulong seed)
{
    private const int Many = 64;
    private readonly double _sigma = Math.Sqrt(Math.Log(1 + jitter * jitter));

    /// <summary>Time of a node's range at a step.</summary>
    public double Seconds(MicrobatchBlock range, int step)
    {
        if (jitter == 0) return range.Count * meanSeconds;
        if (range.Count >= Many)
        {
            var deviation = jitter * Math.Sqrt(range.Count) * CounterChance.Normal(seed, ChanceUse.Compute, (ulong)step, (ulong)range.First);
            return meanSeconds * Math.Max(0, range.Count + deviation);
        }
        var sum = 0.0;
        for (var m = range.First; m < range.End; m++)
            sum += Math.Exp(_sigma * CounterChance.Normal(seed, ChanceUse.Compute, (ulong)step, (ulong)m) - _sigma * _sigma / 2);
        return meanSeconds * sum;
    }
}
