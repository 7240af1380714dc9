using Microsoft.Win32.SafeHandles;

namespace Lockstep.Coordinator.Journal;

/// <summary>The file coordinator.journal of a folder, which is locked for as long as this object lives.</summary>
public sealed class DiskJournalFile : IJournalFile
{
    private const string FileName = "coordinator.journal";
    private const string LockName = "coordinator.lock";
    private readonly string _folder;
    private readonly FileStream _lock;
    private SafeFileHandle? _file;
    private long _length;
    private volatile bool _renamed;

    private DiskJournalFile(string folder, FileStream held) => (_folder, Name, _lock) = (folder, Path.Combine(folder, FileName), held);

    public string Name { get; }

    private string Beside => $"{Name}.new";

    /// <summary>Makes the folder where there is none, and takes it for this process.</summary>
    /// <exception cref="JournalException">Another coordinator holds the folder, or it cannot be used.</exception>
    public static DiskJournalFile Open(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        folder = Path.GetFullPath(folder);
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(folder);
            held = Lock(folder);
            var file = new DiskJournalFile(folder, held);
            File.Delete(file.Beside); // left by a crash while it was written
            if (File.Exists(file.Name)) (file._file, file._length) = (OpenFile(file.Name, FileMode.Open), new FileInfo(file.Name).Length);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new JournalException($"The journal's folder {folder} cannot be used: {e.Message} Choose a folder that this user may write to.", e);
        }
    }

    public byte[] ReadAll()
    {
        var content = new byte[_length];
        var read = 0;
        while (read < content.Length)
        {
            var more = RandomAccess.Read(_file!, content.AsSpan(read), read);
            if (more == 0) throw new EndOfStreamException($"{Name} became shorter while it was read.");
            read += more;
        }
        return content;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file!, bytes, _length);
        _length += bytes.Length;
    }

    public void Sync()
    {
        RandomAccess.FlushToDisk(_file!);
        if (!_renamed) return;
        FolderSync.Run(_folder);
        _renamed = false;
    }

    public void SetLength(long length)
    {
        RandomAccess.SetLength(_file!, length);
        _length = length;
    }

    public void Replace(ReadOnlySpan<byte> bytes)
    {
        var next = OpenFile(Beside, FileMode.Create);
        try
        {
            RandomAccess.Write(next, bytes, 0);
            RandomAccess.FlushToDisk(next); // before the rename: the name must never lead to a file that is not whole
            File.Move(Beside, Name, overwrite: true);
        }
        catch
        {
            next.Dispose();
            throw;
        }
        _file?.Dispose();
        (_file, _length, _renamed) = (next, bytes.Length, true);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    // A file of its own: the journal's changes with every compaction. It stays behind, since whoever deletes it may delete
    // the one that another process has just locked.
    private static FileStream Lock(string folder)
    {
        var path = Path.Combine(folder, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path) && e is not (PathTooLongException or DirectoryNotFoundException))
        {
            throw new JournalException($"Another coordinator of the run in {folder} is alive and holds its journal. Stop that one first, or wait until it has ended; a new run needs another folder.", e);
        }
    }

    private static SafeFileHandle OpenFile(string path, FileMode mode) =>
        File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
