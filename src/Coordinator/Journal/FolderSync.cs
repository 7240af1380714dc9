using System.Runtime.InteropServices;

namespace Lockstep.Coordinator.Journal;

/// <summary>fsync of a folder: a renamed file is certain to be found under its new name only after it.</summary>
internal static partial class FolderSync
{
    private const int OpenDirectory = 0x10000; // O_RDONLY | O_DIRECTORY
    private const int InputOutputError = 5; // EIO
    private const int NoSpace = 28; // ENOSPC

    /// <summary>Waits for the disk. File systems that cannot sync a folder are taken at their word.</summary>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public static void Run(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = open(folder, OpenDirectory);
        var error = descriptor < 0 || fsync(descriptor) < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor >= 0) _ = close(descriptor);
        if (error is InputOutputError or NoSpace) throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{folder}'");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
