using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Sources;

/// <summary>Images on a disk, listed once: names, labels and sizes are in memory (compact), the bytes are not.</summary>
public abstract class StoredSource : ISampleSource
{
    // A larger file is no photograph; reading it could exhaust the memory.
    private const int MaxFileBytes = 1 << 30;

    private protected StoredSource(string location, SampleTable table)
    {
        (Location, Table) = (location, table);
        ShardStarts = table.Shards.Length == 0 ? [0] : Array.ConvertAll(table.Shards, shard => (long)shard.First);
    }

    public int Count => Table.Count;

    public IReadOnlyList<string> Classes => Table.Classes;

    public string Fingerprint => Table.Fingerprint;

    public IReadOnlyList<long> ShardStarts { get; }

    public string Location { get; }

    private protected SampleTable Table { get; }

    public string NameOf(int index) => Table.Names[index];

    public int? LabelOf(int index) => Table.Labels.Length == 0 ? null : Table.Labels[index];

    /// <summary>Bytes of a sample's file when it was listed.</summary>
    public long SizeOf(int index) => Table.Sizes[index];

    public abstract int Read(int index, ref byte[] buffer);

    /// <summary>Bytes of a sample that is to be read. One that is too large was so in everybody's listing: it is broken, not out of reach.</summary>
    /// <exception cref="ImageDecodeException">It is too large.</exception>
    private protected int SizeToRead(int index)
    {
        var bytes = Table.Sizes[index];
        return bytes <= MaxFileBytes ? (int)bytes : throw new ImageDecodeException(ImageFault.TooLarge, $"the file has more than {MaxFileBytes >> 30} GiB, and no image that is decoded has");
    }
}
