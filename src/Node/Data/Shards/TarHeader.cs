using System.Buffers.Binary;

namespace Lockstep.Node.Data.Shards;

/// <summary>A header block of a tar: ustar, and what GNU tar adds. Pure: bytes in, numbers out.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="SizeBytes">How long it is, not negative.</param>
internal readonly record struct TarHeader(TarKind Kind, long SizeBytes)
{
    public const int BlockBytes = 512;

    /// <summary>Longest name that fits in a header: prefix, '/', name.</summary>
    public const int MaxNameBytes = 155 + 1 + 100;

    private const int NameAt = 0, SizeAt = 124, ChecksumAt = 148, TypeAt = 156, MagicAt = 257, PrefixAt = 345;

    /// <summary>What so many bytes take up: whole blocks.</summary>
    public static long Padded(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;

    /// <param name="block">512 bytes.</param>
    public static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(block.Length, BlockBytes);
        if (!block.ContainsAnyExcept((byte)0)) return new TarHeader(TarKind.End, 0);
        if (!ChecksumHolds(block) || !TryNumber(block.Slice(SizeAt, 12), out var size)) return default;
        var kind = KindOf(block);
        return new TarHeader(kind, kind == TarKind.Empty ? 0 : size);
    }

    /// <summary>Copies the name in a header; returns its length.</summary>
    /// <param name="into">At least <see cref="MaxNameBytes"/>.</param>
    public static int CopyName(ReadOnlySpan<byte> block, Span<byte> into)
    {
        // Only POSIX headers have a prefix; GNU keeps times in its place.
        var prefix = block.Slice(MagicAt, 6).SequenceEqual("ustar\0"u8) ? UpToNul(block.Slice(PrefixAt, 155)) : [];
        var name = UpToNul(block.Slice(NameAt, 100));
        prefix.CopyTo(into);
        var length = prefix.Length;
        if (length > 0) into[length++] = (byte)'/';
        name.CopyTo(into[length..]);
        return length + name.Length;
    }

    /// <summary>Text ends at its first NUL.</summary>
    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field;

    // The sum of all bytes, those of the sum itself taken for spaces. Some old programs summed signed bytes.
    private static bool ChecksumHolds(ReadOnlySpan<byte> block)
    {
        if (!TryNumber(block.Slice(ChecksumAt, 8), out var expected)) return false;
        var (unsigned, signed) = (8L * ' ', 8L * ' ');
        for (var i = 0; i < block.Length; i++)
        {
            if (i is >= ChecksumAt and < ChecksumAt + 8) continue;
            unsigned += block[i];
            signed += (sbyte)block[i];
        }
        return expected == unsigned || expected == signed;
    }

    private static TarKind KindOf(ReadOnlySpan<byte> block) => block[TypeAt] switch
    {
        (byte)'0' or (byte)'7' => TarKind.File, // also where the name ends in '/': it may be the beginning of a longer one
        0 => UpToNul(block.Slice(NameAt, 100)).EndsWith("/"u8) ? TarKind.Empty : TarKind.File, // V7 has no type for folders
        >= (byte)'1' and <= (byte)'6' => TarKind.Empty,
        (byte)'S' => TarKind.Sparse,
        (byte)'L' => TarKind.LongName,
        (byte)'x' or (byte)'X' => TarKind.Pax,
        _ => TarKind.Other,
    };

    // Octal digits up to a space or NUL; or, with the highest bit set, a binary number (GNU, from 8 GiB on).
    private static bool TryNumber(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        if ((field[0] & 0x80) != 0)
        {
            var high = field[..^8];
            if (high.Length == 0 || high[0] != 0x80 || high[1..].ContainsAnyExcept((byte)0)) return false;
            number = BinaryPrimitives.ReadInt64BigEndian(field[^8..]);
            return number >= 0;
        }
        var digits = field.TrimStart((byte)' ');
        for (var i = 0; i < digits.Length && digits[i] is not ((byte)' ' or 0); i++)
        {
            if (digits[i] is < (byte)'0' or > (byte)'7') return false;
            number = number << 3 | (uint)(digits[i] - '0');
        }
        return true;
    }
}
