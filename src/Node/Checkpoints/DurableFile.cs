using Lockstep.Node.Posix;

namespace Lockstep.Node.Checkpoints;

/// <summary>fsync for files and folders, so that what is published survives a power cut.</summary>
internal static class DurableFile
{
    /// <summary>Writes a file and waits until the disk has it.</summary>
    public static void Write(string path, Action<FileStream> write)
    {
        using var file = Create(path);
        Write(file, write);
    }

    /// <summary>Writes a file beside its place and moves it there: the old one or the new one is there, whole, also after a power cut.</summary>
    /// <param name="beside">End of the name until then; of its own for each process, where several may write at a time.</param>
    public static void Publish(string path, Action<Stream> write, string beside = ".writing")
    {
        var writing = path + beside;
        var file = Create(writing); // where that fails, the file there is another process's
        try
        {
            using (file) Write(file, write);
            File.Move(writing, path, overwrite: true);
        }
        catch
        {
            Discard(writing);
            throw;
        }
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes renames inside a folder durable. Best effort: some file systems refuse.</summary>
    public static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var descriptor = LibC.OpenFolder(folder);
        if (descriptor < 0) return;
        _ = LibC.Sync(descriptor);
        _ = LibC.Close(descriptor);
    }

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);

    private static void Write(FileStream file, Action<FileStream> write)
    {
        write(file);
        file.Flush(flushToDisk: true);
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What failed before is the one to tell; the next one that is written takes its place.
        }
    }
}
