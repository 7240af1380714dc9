using Lockstep.Coordinator.Status;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Hosting;

/// <summary>A coordinator's health: its run, and when it last looked at it.</summary>
internal sealed class RunVitals(RunLoop run) : IVitals
{
    public string? Startup => null; // its door opens when it has read its journal

    public string? Live => RunHealth.Live(run.Now - run.LastTurn);

    public string? Ready => RunHealth.Ready(run.State, run.HandsOver);
}
