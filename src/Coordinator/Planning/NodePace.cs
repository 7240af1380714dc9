namespace Lockstep.Coordinator.Planning;

/// <summary>
/// How fast a node computes: the exponential mean of its seconds a microbatch over the steps, each new step with a weight of
/// a quarter. The first step after joining is left out, since it warms caches up.
/// </summary>
/// <param name="Steps">Steps measured, with the one left out.</param>
/// <param name="SecondsPerMicrobatch">The mean; 0 before the second step.</param>
public readonly record struct NodePace(int Steps, double SecondsPerMicrobatch)
{
    private const double Weight = 0.25;

    /// <summary>True with three measurements and more: only then is anything decided by it.</summary>
    public bool IsKnown => Steps > 3;

    /// <summary>Takes the measurement of a further step.</summary>
    public NodePace Measured(double secondsPerMicrobatch) => Steps switch
    {
        0 => new(1, 0),
        1 => new(2, secondsPerMicrobatch),
        _ => new(Steps < int.MaxValue ? Steps + 1 : Steps, SecondsPerMicrobatch + Weight * (secondsPerMicrobatch - SecondsPerMicrobatch)),
    };
}
