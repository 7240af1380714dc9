using System.Runtime.InteropServices;

namespace Lockstep.Cli.Launch;

/// <summary>POSIX signals to processes that this one started.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;

    /// <summary>Asks a process to stop in its own time (SIGTERM).</summary>
    public static void AskToStop(int processId) => _ = kill(processId, Terminate);

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
