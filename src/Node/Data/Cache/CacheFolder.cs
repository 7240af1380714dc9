using System.Text.RegularExpressions;

namespace Lockstep.Node.Data.Cache;

/// <summary>
/// A node's place under Data:CacheFolder: FINGERPRINT-n, the first n that no living process holds. So nodes of one machine
/// that share the setting have a cache each, and a node that starts again finds one that was filled before. Caches that
/// nobody holds make room for those in use. Those of other users are left alone.
/// </summary>
internal sealed partial class CacheFolder : IDisposable
{
    private const string LockFile = "lock";
    private const int MostAtOnce = 256;

    private readonly FileStream _lock;
    private readonly string _root;

    private CacheFolder(FileStream held, string root, string path) => (_lock, _root, Path) = (held, root, path);

    public string Path { get; }

    /// <summary>Takes a place.</summary>
    /// <exception cref="IOException">It cannot be made, or too many processes have one (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static CacheFolder Claim(string root, string fingerprint)
    {
        var key = fingerprint.Length > 32 ? fingerprint[..32] : fingerprint;
        Directory.CreateDirectory(root);
        for (var n = 0; n < MostAtOnce; n++)
        {
            var path = System.IO.Path.Combine(root, $"{key}-{n}");
            Directory.CreateDirectory(path);
            if (TryLock(path) is not { } held) continue;
            if (TryMark(held)) return new(held, root, path);
            held.Dispose();
        }
        throw new IOException($"{MostAtOnce} processes use caches of these images in '{root}'");
    }

    /// <summary>Removes caches that nobody holds, the one that was in use longest ago first, until they and this one fit.</summary>
    /// <param name="ownBytes">What this one wants to hold.</param>
    /// <param name="budgetBytes">What all may hold that are not in use, and this one.</param>
    public void MakeRoom(long ownBytes, long budgetBytes)
    {
        var idle = Idle()
            .Select(path => (Path: path, Bytes: TryBytes(path), Used: File.GetLastWriteTimeUtc(System.IO.Path.Combine(path, LockFile))))
            .Where(other => other.Bytes is not null)
            .OrderBy(other => other.Used)
            .ToList();
        var bytes = idle.Sum(other => other.Bytes!.Value);
        foreach (var other in idle)
        {
            if (ownBytes + bytes <= budgetBytes) return;
            using var held = TryLock(other.Path);
            if (held is null || TryEmpty(other.Path)) bytes -= other.Bytes!.Value; // who is in use has a budget of its own
        }
    }

    /// <summary>Other caches that nobody holds, each locked while it is looked at and no longer: a node that starts meanwhile must not find its own in use.</summary>
    internal IEnumerable<string> Idle()
    {
        foreach (var path in Directory.EnumerateDirectories(_root).Where(IsOther))
        {
            using var held = TryLock(path);
            if (held is not null) yield return path;
        }
    }

    public void Dispose() => _lock.Dispose();

    private bool IsOther(string path) =>
        path != Path && Pattern().IsMatch(System.IO.Path.GetFileName(path)) && File.Exists(System.IO.Path.Combine(path, LockFile));

    // When it was last in use: the oldest makes room first. Only its owner may say so.
    private static bool TryMark(FileStream held)
    {
        try
        {
            File.SetLastWriteTimeUtc(held.SafeFileHandle, DateTime.UtcNow);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long? TryBytes(string path)
    {
        try
        {
            return Files(path).Sum(file => new FileInfo(file).Length);
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    // The lock file stays: were it removed, two processes could hold "it" at once.
    private static bool TryEmpty(string path)
    {
        try
        {
            foreach (var file in Files(path)) File.Delete(file);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Files(string path) =>
        Directory.EnumerateFiles(path, DiskCache.SlabPattern).Concat(Directory.EnumerateFiles(path, CacheIndex.FileName + "*"));

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException) && File.Exists(System.IO.Path.Combine(path, LockFile)))
        {
            return null; // somebody else's
        }
        catch (UnauthorizedAccessException)
        {
            return null; // another user's
        }
    }

    [GeneratedRegex("^[0-9a-z]{1,32}-[0-9]{1,3}$")]
    private static partial Regex Pattern();
}
