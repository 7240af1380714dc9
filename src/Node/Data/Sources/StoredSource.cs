namespace Lockstep.Node.Data.Sources;

/// <summary>Images on a disk, listed once: names, labels and sizes are in memory (compact), the bytes are not.</summary>
public abstract class StoredSource : ISampleSource
{
    // A larger file is no photograph; reading it could exhaust the memory.
    private protected const long MaxFileBytes = 1 << 30;

    private protected StoredSource(SampleTable table)
    {
        Table = table;
        ShardStarts = table.Shards.Length == 0 ? [0] : Array.ConvertAll(table.Shards, shard => (long)shard.First);
    }

    public int Count => Table.Count;

    public IReadOnlyList<string> Classes => Table.Classes;

    public string Fingerprint => Table.Fingerprint;

    public IReadOnlyList<long> ShardStarts { get; }

    private protected SampleTable Table { get; }

    public string NameOf(int index) => Table.Names[index];

    public int? LabelOf(int index) => Table.Labels.Length == 0 ? null : Table.Labels[index];

    /// <summary>Bytes of a sample's file when it was listed.</summary>
    public long SizeOf(int index) => Table.Sizes[index];

    public abstract int Read(int index, ref byte[] buffer);

    // Some room beyond what is needed, so that a buffer stops growing after a few images.
    private protected static void Grow(ref byte[] buffer, long bytes)
    {
        if (buffer.Length < bytes) buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(1 << 18, Math.Min(bytes + bytes / 2, Array.MaxLength)));
    }

    private protected static void RefuseLarge(long bytes)
    {
        if (bytes > MaxFileBytes) throw new IOException($"the file has {bytes:N0} bytes, more than an image can have");
    }
}
