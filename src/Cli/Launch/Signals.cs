namespace Lockstep.Cli.Launch;

/// <summary>POSIX signals between the launcher and the processes that it started.</summary>
internal static class Signals
{
    /// <summary>Asks a process to stop in its own time (SIGTERM).</summary>
    public static void AskToStop(int processId) => _ = LibC.Kill(processId, LibC.Terminate);

    /// <summary>Leaves the launcher's process group: Ctrl-C in a terminal then reaches the launcher alone, which passes it on.</summary>
    public static void LeaveProcessGroup() => _ = LibC.SetProcessGroup(0, 0);
}
