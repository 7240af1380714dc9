using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>
/// Goes through the files of a tar by its headers alone: ustar, GNU long names, pax paths and sizes. Links, folders and
/// files with holes are passed over. Each step goes forward in the file, and memory grows by what is in the file, never by
/// what a header announces: damage ends in an exception that names the place.
/// </summary>
/// <param name="tar">The whole tar; can seek.</param>
/// <param name="name">For messages.</param>
internal sealed class TarScan(Stream tar, string name)
{
    /// <summary>A record of pax by which a packed file keeps its name where the tar must give it another.</summary>
    public static ReadOnlySpan<byte> NameRecord => "LOCKSTEP.name"u8;

    // Long names and pax records; programs that write extended attributes come to some kilobytes.
    private const int MaxRecordsBytes = 1 << 20;

    // Tar fills up its last record, of 10 KiB where nobody says otherwise.
    private const int MaxZerosBytes = 1 << 20;

    // Where old GNU headers of files with holes say that a further block of their map follows.
    private const int MoreHolesAt = 482, MoreHolesInMapAt = 504;

    private readonly long _length = tar.Length;
    private readonly byte[] _block = new byte[TarHeader.BlockBytes];
    private byte[] _records = new byte[TarHeader.BlockBytes];
    private byte[] _name = new byte[TarHeader.MaxNameBytes], _ownName = [];
    private int _nameBytes, _ownNameBytes;
    private long? _size;
    private bool _hasHoles;
    private long _next;

    /// <summary>Name of the file in the tar, UTF-8. Until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameBytes);

    /// <summary>The name that the file had before it was packed, if the tar's is another; otherwise empty.</summary>
    public ReadOnlySpan<byte> OwnName => _ownName.AsSpan(0, _ownNameBytes);

    /// <summary>Where the file's bytes begin.</summary>
    public long DataOffset { get; private set; }

    public long SizeBytes { get; private set; }

    /// <summary>Goes to the next file.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="DataException">The tar is damaged or cut off.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool Next()
    {
        Forget();
        if (_next == 0) RefuseCompressed();
        while (true)
        {
            var at = _next;
            ReadAt(at, _block);
            var header = TarHeader.Parse(_block);
            if (header.Kind == TarKind.End)
            {
                RequireEnd(at);
                return false;
            }
            if (header.Kind == TarKind.Damaged) throw Damaged(at, at == 0 ? "no tar begins there" : "the checksum of a header is wrong");
            if (header.Kind is TarKind.LongName or TarKind.Pax)
            {
                var records = Records(at, header.SizeBytes);
                if (header.Kind == TarKind.LongName) Keep(TarHeader.UpToNul(records), ref _name, ref _nameBytes, at);
                else Note(records, at);
                _next = at + TarHeader.BlockBytes + TarHeader.Padded(header.SizeBytes);
                continue;
            }
            var data = header.Kind == TarKind.Sparse ? BehindMap(at) : at + TarHeader.BlockBytes;
            var size = header.Kind == TarKind.Empty ? 0 : _size ?? header.SizeBytes;
            if (data > _length || size > _length - data) throw CutOff(at);
            _next = data + TarHeader.Padded(size);
            if (header.Kind == TarKind.File && !_hasHoles)
            {
                if (_nameBytes == 0) _nameBytes = TarHeader.CopyName(_block, _name);
                (DataOffset, SizeBytes) = (data, size);
                return true;
            }
            Forget();
        }
    }

    // Tars that were joined have an end mark in the middle, and a stretch of lost bytes looks like one: no file may be lost in silence.
    private void RequireEnd(long at)
    {
        var behind = at + TarHeader.BlockBytes;
        for (var next = behind; next < _length; next += TarHeader.BlockBytes)
        {
            if (next - behind >= MaxZerosBytes) throw Damaged(at, $"more than {MaxZerosBytes:N0} zeros follow");
            var block = _block.AsSpan(0, (int)Math.Min(TarHeader.BlockBytes, _length - next));
            ReadAt(next, block);
            if (block.ContainsAnyExcept((byte)0)) throw Damaged(next, "files follow the end mark. Tars that were joined by cat are shards each by itself");
        }
    }

    // What a long name or a pax header said holds for one member.
    private void Forget() => (_nameBytes, _ownNameBytes, _size, _hasHoles) = (0, 0, null, false);

    private ReadOnlySpan<byte> Records(long at, long bytes)
    {
        if (bytes > _length - at - TarHeader.BlockBytes) throw CutOff(at);
        if (bytes > MaxRecordsBytes) throw Damaged(at, $"a header announces {bytes:N0} bytes of names and records");
        if (_records.Length < bytes) _records = new byte[bytes];
        var records = _records.AsSpan(0, (int)bytes);
        ReadAt(at + TarHeader.BlockBytes, records);
        return records;
    }

    private void Note(ReadOnlySpan<byte> records, long at)
    {
        while (records.Length > 0)
        {
            if (!PaxRecords.TryTake(ref records, out var key, out var value)) throw Damaged(at, "a pax record is malformed");
            if (key.SequenceEqual("path"u8)) Keep(TarHeader.UpToNul(value), ref _name, ref _nameBytes, at);
            else if (key.SequenceEqual(NameRecord)) Keep(value, ref _ownName, ref _ownNameBytes, at);
            else if (key.SequenceEqual("size"u8)) _size = PaxRecords.TryDecimal(value, out var size) ? size : throw Damaged(at, "a pax record has a size that is no number");
            else if (key.StartsWith("GNU.sparse."u8)) _hasHoles = true;
        }
    }

    private void Keep(ReadOnlySpan<byte> text, ref byte[] buffer, ref int length, long at)
    {
        if (text.Length > SampleTableBuilder.MaxNameBytes) throw Damaged(at, $"a name has {text.Length:N0} bytes");
        if (buffer.Length < text.Length) buffer = new byte[text.Length];
        text.CopyTo(buffer);
        length = text.Length;
    }

    private long BehindMap(long at)
    {
        var behind = at + TarHeader.BlockBytes;
        for (var more = _block[MoreHolesAt] != 0; more; behind += TarHeader.BlockBytes)
        {
            ReadAt(behind, _block);
            more = _block[MoreHolesInMapAt] != 0;
        }
        return behind;
    }

    private void ReadAt(long offset, Span<byte> into)
    {
        if (offset > _length - into.Length) throw CutOff(offset);
        tar.Position = offset;
        if (tar.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length) throw CutOff(offset);
    }

    private DataException CutOff(long at) =>
        new($"'{name}' is cut off: it ends at byte {_length:N0}, in the middle of what begins at byte {at:N0} or before the end mark. Copy or make this shard again.");

    private DataException Damaged(long at, string what) =>
        new($"'{name}' is damaged at byte {at:N0}: {what}. Copy or make this shard again.");

    private void RefuseCompressed()
    {
        Span<byte> start = stackalloc byte[6];
        tar.Position = 0;
        var by = start[..tar.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)] switch
        {
            [0x1f, 0x8b, ..] => "gzip",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "xz",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0x04, 0x22, 0x4d, 0x18, ..] => "lz4",
            _ => null,
        };
        if (by is not null)
            throw new DataException($"'{name}' is compressed with {by}; images are read from the middle of a shard, so it must not be. Decompress it first ({by} -d): images hardly get smaller by it.");
    }
}
