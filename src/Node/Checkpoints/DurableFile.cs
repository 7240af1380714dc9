using System.Runtime.InteropServices;

namespace Lockstep.Node.Checkpoints;

/// <summary>fsync for files and folders, so that what is published survives a power cut.</summary>
internal static partial class DurableFile
{
    private const int OpenDirectory = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <summary>Writes a file and waits until the disk has it.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        write(file);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Makes renames inside a folder durable. Best effort: some file systems refuse.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = open(folder, OpenDirectory);
        if (descriptor < 0) return;
        _ = fsync(descriptor);
        _ = close(descriptor);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
