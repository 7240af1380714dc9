using Lockstep.Coordinator.Status;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Hosting;

/// <summary>A coordinator's health: its run, and when it last looked at it.</summary>
internal sealed class RunVitals(RunLoop run) : IVitals
{
    public string? Startup => run.LastTurn is null ? "it has not looked at its run yet" : null;

    public string? Live => run.LastTurn is { } last ? RunHealth.Live(run.Now - last) : null;

    public string? Ready => Startup ?? RunHealth.Ready(run.State, run.HandsOver);
}
