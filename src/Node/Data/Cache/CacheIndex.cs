using System.Text;

namespace Lockstep.Node.Data.Cache;

/// <summary>
/// The index file of a disk cache: records, appended as samples are stored, so that a start reads one file and not the
/// head of every sample. A record is written after its sample; one whose sample the disk has not got is found by the
/// sample's checksum. Not thread-safe.
/// </summary>
internal sealed class CacheIndex : IDisposable
{
    public const string FileName = "index.bin";

    private static readonly byte[] s_head = Encoding.ASCII.GetBytes("lockstep cache 1\n".PadRight(CacheEntry.SizeBytes - 1) + "\n");

    private readonly FileStream _file;

    private CacheIndex(FileStream file) => _file = file;

    /// <summary>The records up to the first damaged one; none when the file is missing or of another version.</summary>
    public static List<CacheEntry> Read(string folder)
    {
        var entries = new List<CacheEntry>();
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return entries;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20);
        Span<byte> record = stackalloc byte[CacheEntry.SizeBytes];
        if (file.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) < record.Length || !record.SequenceEqual(s_head)) return entries;
        while (file.ReadAtLeast(record, record.Length, throwOnEndOfStream: false) == record.Length && CacheEntry.TryRead(record, out var entry)) entries.Add(entry);
        return entries;
    }

    /// <summary>Opens the index to append after these records; what the file holds beyond them is cut off.</summary>
    /// <param name="folder">The cache's folder.</param>
    /// <param name="kept">What is to stay of what <see cref="Read"/> gave.</param>
    /// <param name="isWhole">All of it stays; otherwise the file is written anew.</param>
    public static CacheIndex Open(string folder, List<CacheEntry> kept, bool isWhole)
    {
        var path = Path.Combine(folder, FileName);
        if (!isWhole)
        {
            var beside = path + ".new";
            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                file.Write(s_head);
                foreach (var entry in kept) Write(file, entry);
            }
            File.Move(beside, path, overwrite: true);
        }
        var index = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        index.SetLength((kept.Count + 1L) * CacheEntry.SizeBytes);
        index.Position = index.Length;
        return new(index);
    }

    public void Append(CacheEntry entry) => Write(_file, entry);

    public void Dispose() => _file.Dispose();

    private static void Write(FileStream file, CacheEntry entry)
    {
        Span<byte> record = stackalloc byte[CacheEntry.SizeBytes];
        entry.Write(record);
        file.Write(record);
    }
}
