using System.Buffers.Binary;
using System.Text;

namespace Lockstep.Models.Weights.Pth;

/// <summary>
/// Reads zip files that store without compression, as torch.save writes them, zip64 included. Stricter than a general
/// reader: nothing compressed (no zip bombs), encrypted, doubled, overlapping or outside the file, and no odd names.
/// </summary>
internal sealed class StoredZip
{
    private const uint EndSignature = 0x06054B50, End64Signature = 0x06064B50, Locator64Signature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50, LocalSignature = 0x04034B50;
    private const int EndBytes = 22, End64Bytes = 56, Locator64Bytes = 20, EntryBytes = 46, LocalBytes = 30;
    private const int MaxDirectoryBytes = 8 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly string _file;
    private readonly Dictionary<string, StoredZipEntry> _entries = new(StringComparer.Ordinal);

    /// <param name="stream">Seekable; not closed.</param>
    /// <param name="file">For messages.</param>
    public StoredZip(Stream stream, string file)
    {
        (_stream, _file) = (stream, file);
        var (start, size, count) = FindDirectory();
        foreach (var entry in ReadDirectory(ReadAt(start, size), count, start))
            if (!_entries.TryAdd(entry.Name, entry)) throw Fault($"two entries are named '{entry.Name}'");
        CheckOverlaps();
    }

    public IReadOnlyDictionary<string, StoredZipEntry> Entries => _entries;

    /// <summary>All of a small entry, its checksum checked.</summary>
    public byte[] ReadAll(StoredZipEntry entry, int maxBytes)
    {
        if (entry.Size > maxBytes) throw Fault($"'{entry.Name}' has {entry.Size} bytes, more than the {maxBytes} that are read of it");
        Check(entry);
        return ReadAt(entry.Start, entry.Size);
    }

    /// <summary>Compares an entry's contents with the checksum that the zip has of them.</summary>
    public void Check(StoredZipEntry entry)
    {
        var buffer = new byte[(int)Math.Min(entry.Size, 1 << 20)];
        uint checksum = 0;
        _stream.Position = entry.Start;
        for (var rest = entry.Size; rest > 0;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(rest, buffer.Length));
            _stream.ReadExactly(piece);
            checksum = Crc32.Append(checksum, piece);
            rest -= piece.Length;
        }
        if (checksum != entry.Checksum) throw Fault($"the checksum of '{entry.Name}' is {checksum:x8}, the file says {entry.Checksum:x8}: it is damaged; get it again");
    }

    private InvalidDataException Fault(string fault) => new($"{_file} is not a readable PyTorch file: {fault}");

    // The end record must be the last thing in the file: torch writes no comment after it.
    private (long Start, long Size, long Count) FindDirectory()
    {
        if (_stream.Length < EndBytes) throw Fault($"it has {_stream.Length} bytes, too few for a zip file");
        var endAt = _stream.Length - EndBytes;
        var end = ReadAt(endAt, EndBytes);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0) throw Fault("a zip file's end record is not at its end: it was cut short or has a tail; get it again");
        var (start, size, count) = ((long)U32(end, 16), (long)U32(end, 12), (long)U16(end, 10));
        var directoryEnd = endAt;
        if (endAt >= Locator64Bytes + End64Bytes && ReadAt(endAt - Locator64Bytes, Locator64Bytes) is var locator && U32(locator, 0) == Locator64Signature)
        {
            directoryEnd = I64(locator, 8);
            if (directoryEnd < 0 || directoryEnd != endAt - Locator64Bytes - End64Bytes) throw Fault($"its zip64 end record is said to be at {directoryEnd}, where none can be");
            var end64 = ReadAt(directoryEnd, End64Bytes);
            if (U32(end64, 0) != End64Signature) throw Fault("its zip64 end record is damaged");
            (start, size, count) = (I64(end64, 48), I64(end64, 40), I64(end64, 32));
        }
        if (start < 0 || size < 0 || size > MaxDirectoryBytes || start != directoryEnd - size || count < 0)
            throw Fault($"its directory is said to be {size} bytes from {start} on, where it cannot be (at most {MaxDirectoryBytes} bytes, right before the end record)");
        return (start, size, count);
    }

    private List<StoredZipEntry> ReadDirectory(ReadOnlySpan<byte> directory, long count, long dataEnd)
    {
        var entries = new List<StoredZipEntry>();
        while (directory.Length > 0)
        {
            if (directory.Length < EntryBytes || U32(directory, 0) != EntrySignature) throw Fault($"entry {entries.Count} of its directory is damaged");
            var (nameBytes, extraBytes, commentBytes) = (U16(directory, 28), U16(directory, 30), U16(directory, 32));
            if (directory.Length < EntryBytes + nameBytes + extraBytes + commentBytes) throw Fault($"entry {entries.Count} of its directory is cut short");
            var nameInBytes = directory.Slice(EntryBytes, nameBytes);
            var name = Name(nameInBytes);
            var (flags, method, checksum) = (U16(directory, 8), U16(directory, 10), U32(directory, 16));
            var sizes = Sizes(directory, directory.Slice(EntryBytes + nameBytes, extraBytes), name);
            if ((flags & 1) != 0) throw Fault($"'{name}' is encrypted");
            if (method != 0 || sizes.Stored != sizes.Size)
                throw Fault($"'{name}' is compressed ({sizes.Stored} bytes for {sizes.Size}); torch stores as it is. Unpack it and save it again with torch.save");
            entries.Add(new StoredZipEntry(name, sizes.Header, Contents(name, nameInBytes, sizes.Header, sizes.Size, dataEnd), sizes.Size, checksum));
            directory = directory[(EntryBytes + nameBytes + extraBytes + commentBytes)..];
        }
        return entries.Count == count ? entries : throw Fault($"its directory has {entries.Count} entries, its end record says {count}");
    }

    // Where the 32-bit numbers are all ones, the zip64 field (tag 1) has the long ones, in this order.
    private (long Size, long Stored, long Header) Sizes(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra, string name)
    {
        Span<long> numbers = [U32(entry, 24), U32(entry, 20), U32(entry, 42)];
        while (extra.Length >= 4)
        {
            var (tag, length) = (U16(extra, 0), U16(extra, 2));
            if (length > extra.Length - 4) throw Fault($"the extra fields of '{name}' are damaged");
            var field = extra.Slice(4, length);
            for (var i = 0; tag == 1 && i < numbers.Length; i++)
            {
                if (numbers[i] != uint.MaxValue) continue;
                if (field.Length < 8) throw Fault($"the zip64 field of '{name}' is cut short");
                numbers[i] = I64(field, 0);
                field = field[8..];
            }
            extra = extra[(4 + length)..];
        }
        return (numbers[0], numbers[1], numbers[2]);
    }

    // The local header is read only for where it ends.
    private long Contents(string name, ReadOnlySpan<byte> nameInBytes, long headerAt, long size, long dataEnd)
    {
        if (headerAt < 0 || headerAt > dataEnd - LocalBytes) throw Fault($"'{name}' is said to begin at {headerAt}, outside of the file");
        var header = ReadAt(headerAt, LocalBytes);
        if (U32(header, 0) != LocalSignature) throw Fault($"no entry begins at {headerAt}, where '{name}' is said to be");
        var (nameBytes, extraBytes) = (U16(header, 26), U16(header, 28));
        var start = headerAt + LocalBytes + nameBytes + extraBytes;
        if (size < 0 || start > dataEnd || size > dataEnd - start) throw Fault($"'{name}' is said to have {size} bytes, more than the file");
        if (!ReadAt(headerAt + LocalBytes, nameBytes).AsSpan().SequenceEqual(nameInBytes)) throw Fault($"'{name}' has another name at its contents");
        return start;
    }

    private string Name(ReadOnlySpan<byte> bytes)
    {
        string name;
        try
        {
            name = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fault("an entry's name is no text");
        }
        var odd = name.Any(c => char.IsControl(c) || c == '\\') || name.Split('/').Any(part => part is "" or "." or "..");
        return odd ? throw Fault($"an entry has the odd name '{string.Concat(name.Take(200).Select(c => char.IsControl(c) ? '?' : c))}'; torch writes plain relative paths") : name;
    }

    private void CheckOverlaps()
    {
        StoredZipEntry? before = null;
        foreach (var entry in _entries.Values.OrderBy(e => e.Start))
        {
            if (before is not null && entry.Header < before.Start + before.Size) throw Fault($"'{entry.Name}' and '{before.Name}' overlap");
            before = entry;
        }
    }

    private byte[] ReadAt(long position, long count)
    {
        var bytes = new byte[count];
        _stream.Position = position;
        _stream.ReadExactly(bytes);
        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
