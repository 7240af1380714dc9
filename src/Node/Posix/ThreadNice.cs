using System.Runtime.InteropServices;

namespace Lockstep.Node.Posix;

/// <summary>The share of a busy processor that a thread gets. .NET's thread priorities do nothing on Linux.</summary>
internal static partial class ThreadNice
{
    /// <summary>Gets a few hundredths of a processor on which others compute, and all of an idle one.</summary>
    public const int Background = 15;

    private const int Process = 0; // PRIO_PROCESS; on Linux with 0 it means the calling thread

    /// <summary>Of the calling thread, relative to the process that it belongs to, 0 to 19. It cannot be taken back. Does nothing but on Linux.</summary>
    public static void Set(int nice)
    {
        if (OperatingSystem.IsLinux()) _ = setpriority(Process, 0, Math.Min(19, getpriority(Process, 0) + nice)); // not having it is no failure
    }

    [LibraryImport("libc")]
    private static partial int getpriority(int which, int who);

    [LibraryImport("libc")]
    private static partial int setpriority(int which, int who, int nice);
}
