using System.Runtime.InteropServices;

namespace Lockstep.Cli.Launch;

/// <summary>POSIX signals between the launcher and the processes that it started.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;

    /// <summary>Asks a process to stop in its own time (SIGTERM).</summary>
    public static void AskToStop(int processId) => _ = kill(processId, Terminate);

    /// <summary>Leaves the launcher's process group: Ctrl-C in a terminal then reaches the launcher alone, which passes it on.</summary>
    public static void LeaveProcessGroup() => _ = setpgid(0, 0);

    [LibraryImport("libc")]
    private static partial int setpgid(int processId, int group);

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
