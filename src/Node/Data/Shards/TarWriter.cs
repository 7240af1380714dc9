using System.Globalization;
using System.Text;

namespace Lockstep.Node.Data.Shards;

/// <summary>Writes files into a tar (ustar; a pax header where a name needs one). Owner, time and rights are constants: equal files make equal bytes.</summary>
internal sealed class TarWriter(Stream tar)
{
    private const int Rights = 0x1A4; // rw-r--r--, 0644
    private static readonly byte[] s_zeros = new byte[2 * TarHeader.BlockBytes];
    private readonly byte[] _block = new byte[TarHeader.BlockBytes];

    /// <summary>Bytes that <see cref="End"/> writes.</summary>
    public const int EndBytes = 2 * TarHeader.BlockBytes;

    /// <param name="path">Path in the tar.</param>
    /// <param name="ownName">The name to be read again, if the path is another.</param>
    public void Add(string path, ReadOnlySpan<byte> data, string? ownName = null)
    {
        var fits = TrySplit(path, out var prefixBytes);
        if (Records(path, fits, ownName) is { Length: > 0 } records)
        {
            Header("PaxHeader"u8, 0, records.Length, (byte)'x');
            Body(records);
        }
        // A reader that knows no pax gets the beginning of a long path; one that ends in '/' would be a folder.
        var utf8 = Encoding.UTF8.GetBytes(path);
        if (fits) Header(utf8, prefixBytes, data.Length, (byte)'0');
        else Header(utf8.AsSpan(0, 100).TrimEnd((byte)'/'), 0, data.Length, (byte)'0');
        Body(data);
    }

    public void End() => tar.Write(s_zeros);

    /// <summary>Bytes that <see cref="Add"/> writes.</summary>
    public static long LengthOf(string path, long sizeBytes, string? ownName = null)
    {
        var records = Records(path, TrySplit(path, out _), ownName).Length;
        return (records > 0 ? TarHeader.BlockBytes + TarHeader.Padded(records) : 0) + TarHeader.BlockBytes + TarHeader.Padded(sizeBytes);
    }

    // A path of more than 100 bytes is cut at a '/': 155 at most before it, 100 behind.
    private static bool TrySplit(string path, out int prefixBytes)
    {
        prefixBytes = 0;
        if (Encoding.UTF8.GetByteCount(path) <= 100) return true;
        var utf8 = Encoding.UTF8.GetBytes(path);
        if (utf8.Length > TarHeader.MaxNameBytes) return false;
        prefixBytes = utf8.AsSpan(0, Math.Min(utf8.Length, 156)).LastIndexOf((byte)'/');
        return prefixBytes > 0 && utf8.Length - prefixBytes - 1 is > 0 and <= 100;
    }

    private static byte[] Records(string path, bool fits, string? ownName)
    {
        if (fits && ownName is null) return [];
        var text = fits ? "" : Record("path", path);
        if (ownName is not null) text += Record(Encoding.UTF8.GetString(TarScan.NameRecord), ownName);
        return Encoding.UTF8.GetBytes(text);
    }

    // The length counts its own digits.
    private static string Record(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        var length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length) length++;
        return string.Create(CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
    }

    private void Header(ReadOnlySpan<byte> name, int prefixBytes, long sizeBytes, byte type)
    {
        var block = _block.AsSpan();
        block.Clear();
        if (prefixBytes > 0) name[..prefixBytes].CopyTo(block[345..]);
        name[(prefixBytes > 0 ? prefixBytes + 1 : 0)..].CopyTo(block);
        Octal(block.Slice(100, 8), Rights);
        Octal(block.Slice(108, 8), 0); // owner
        Octal(block.Slice(116, 8), 0); // group
        Octal(block.Slice(124, 12), sizeBytes);
        Octal(block.Slice(136, 12), 0); // time
        block.Slice(148, 8).Fill((byte)' ');
        block[156] = type;
        "ustar\000"u8.CopyTo(block[257..]);
        Octal(block.Slice(329, 8), 0); // device
        Octal(block.Slice(337, 8), 0);
        var sum = 0;
        foreach (var value in block) sum += value;
        Octal(block.Slice(148, 7), sum);
        tar.Write(block);
    }

    private void Body(ReadOnlySpan<byte> data)
    {
        tar.Write(data);
        tar.Write(s_zeros.AsSpan(0, (int)(TarHeader.Padded(data.Length) - data.Length)));
    }

    // Digits with zeros before them and a NUL behind.
    private static void Octal(Span<byte> field, long number)
    {
        for (var i = field.Length - 2; i >= 0; i--, number >>= 3) field[i] = (byte)('0' + (number & 7));
        field[^1] = 0;
    }
}
