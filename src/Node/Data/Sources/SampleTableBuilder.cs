using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>Gathers samples one by one, without a string or an object each, and makes a table of them.</summary>
internal sealed class SampleTableBuilder
{
    /// <summary>Longest name, bytes of UTF-8. Paths of Linux have 4,096 at most.</summary>
    public const int MaxNameBytes = 1 << 15;

    // Both grow by pieces, so that nothing is ever there twice. Names never straddle two: a place in them is one number.
    private const int ChunkBits = 20, EntryBits = 16;
    private readonly List<byte[]> _chunks = [];
    private readonly List<Entry[]> _entries = [];
    private int[]? _order;
    private int _used = 1 << ChunkBits;
    private long _nameBytes;

    public int Count { get; private set; }

    /// <summary>Adds a file of a folder.</summary>
    /// <param name="folder">UTF-8, with '/' at its end, or empty.</param>
    public void Add(ReadOnlySpan<byte> folder, ReadOnlySpan<char> fileName, long sizeBytes)
    {
        var room = Room(folder.Length + Encoding.UTF8.GetMaxByteCount(fileName.Length));
        folder.CopyTo(room);
        Take(folder.Length + Encoding.UTF8.GetBytes(fileName, room[folder.Length..]), sizeBytes, -1, 0);
    }

    /// <summary>Adds a sample by its whole name.</summary>
    /// <param name="label">-1: none.</param>
    /// <param name="block">Place in its shard, blocks.</param>
    public void Add(ReadOnlySpan<byte> name, long sizeBytes, int label = -1, uint block = 0)
    {
        name.CopyTo(Room(name.Length));
        Take(name.Length, sizeBytes, label, block);
    }

    /// <summary>Sorts the samples by name.</summary>
    public void Sort()
    {
        _order = [.. Enumerable.Range(0, Count)];
        _order.AsSpan().Sort((a, b) => NameOrder.Compare(NameOf(EntryAt(a)), NameOf(EntryAt(b))));
    }

    /// <summary>Replaces every label.</summary>
    public void Relabel(ReadOnlySpan<int> places)
    {
        for (var i = 0; i < Count; i++) EntryAt(i) = EntryAt(i) with { Label = places[EntryAt(i).Label] };
    }

    /// <summary>The table, with the first parts of the names as classes if every name has one.</summary>
    /// <param name="shards">The shards, where there are some.</param>
    public SampleTable Build(ShardEntry[]? shards = null) => Build(null, shards);

    /// <summary>The table with the labels that were given.</summary>
    /// <param name="classes">Their names.</param>
    public SampleTable BuildLabelled(string[] classes, ShardEntry[]? shards = null) => Build(classes, shards);

    private SampleTable Build(string[]? classes, ShardEntry[]? shards)
    {
        var text = GC.AllocateUninitializedArray<byte>((int)_nameBytes);
        var offsets = new int[Count + 1];
        var sizes = new uint[Count];
        var labels = classes is null ? [] : new int[Count];
        var blocks = shards is null ? [] : new uint[Count];
        for (var i = 0; i < Count; i++)
        {
            ref var entry = ref EntryAt(_order is null ? i : _order[i]);
            NameOf(entry).CopyTo(text.AsSpan(offsets[i]));
            (offsets[i + 1], sizes[i]) = (offsets[i] + entry.NameBytes, entry.SizeBytes);
            if (classes is not null) labels[i] = entry.Label;
            if (shards is not null) blocks[i] = entry.Block;
        }
        var names = new NameTable(text, offsets);
        if (classes is null) (classes, labels) = ClassFolders.Of(names);
        return new SampleTable
        {
            Names = names,
            Sizes = sizes,
            Labels = labels,
            Classes = classes,
            Blocks = blocks,
            Shards = shards ?? [],
            Fingerprint = SampleTable.FingerprintOf(names, sizes),
        };
    }

    private Span<byte> Room(int bytes)
    {
        if (bytes > (1 << ChunkBits)) throw new DataException($"a name of an image has {bytes:N0} bytes; {MaxNameBytes:N0} are the most");
        if (_used + bytes > 1 << ChunkBits)
        {
            _chunks.Add(GC.AllocateUninitializedArray<byte>(1 << ChunkBits));
            _used = 0;
        }
        return _chunks[^1].AsSpan(_used);
    }

    private void Take(int nameBytes, long sizeBytes, int label, uint block)
    {
        if (nameBytes > MaxNameBytes) throw new DataException($"a name of an image has {nameBytes:N0} bytes; {MaxNameBytes:N0} are the most");
        if (_nameBytes + nameBytes > Array.MaxLength || _chunks.Count > 1 << (31 - ChunkBits)) throw new DataException($"the names of {Count:N0} images take more than 2 GiB. Split the dataset, or give the files shorter names.");
        if (Count >> EntryBits == _entries.Count) _entries.Add(new Entry[1 << EntryBits]);
        EntryAt(Count++) = new Entry((_chunks.Count - 1 << ChunkBits) + _used, nameBytes, (uint)Math.Min(sizeBytes, uint.MaxValue), label, block);
        _used += nameBytes;
        _nameBytes += nameBytes;
    }

    private ref Entry EntryAt(int index) => ref _entries[index >> EntryBits][index & ((1 << EntryBits) - 1)];

    private ReadOnlySpan<byte> NameOf(in Entry entry) =>
        _chunks[entry.Place >> ChunkBits].AsSpan(entry.Place & ((1 << ChunkBits) - 1), entry.NameBytes);

    private readonly record struct Entry(int Place, int NameBytes, uint SizeBytes, int Label, uint Block);
}
