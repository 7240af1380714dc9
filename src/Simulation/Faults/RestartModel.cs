namespace Lockstep.Simulation.Faults;

/// <summary>
/// For comparison: a job that restarts as a whole from its last checkpoint when a node is lost (torchrun and the like).
/// Daly 2006, equation 20 with free checkpoints: a stretch of work of T seconds takes e^(rate R) (e^(rate T) - 1) / rate.
/// </summary>
public static class RestartModel
{
    /// <summary>Useful time over real time. For few faults about 1 - rate (R + T/2): half an interval is lost each time.</summary>
    /// <param name="faultsASecond">Of the whole cluster.</param>
    /// <param name="checkpointSeconds">T, work between checkpoints.</param>
    /// <param name="restartSeconds">R, from the fault until the job works again.</param>
    public static double Goodput(double faultsASecond, double checkpointSeconds, double restartSeconds)
    {
        var faults = faultsASecond * checkpointSeconds;
        if (faults == 0) return 1;
        return faults * Math.Exp(-faultsASecond * restartSeconds) / (Math.Exp(faults) - 1);
    }
}
