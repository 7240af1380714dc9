using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockstep.Node.Evaluation.Index;

/// <summary>
/// NumPy's .npy (format 1.0, numpy.lib.format): magic, version, length of the header, a Python dict padded with spaces to a
/// multiple of 64 bytes, then the numbers. Here: little-endian float32, two dimensions, row by row.
/// </summary>
public static partial class NpyFile
{
    private const int Align = 64, Prefix = 10, ChunkFloats = 1 << 20;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <param name="stream">Where to write; not closed.</param>
    /// <param name="values">Row by row.</param>
    /// <param name="columns">Numbers of a row; a divisor of the length.</param>
    public static void Write(Stream stream, ReadOnlySpan<float> values, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (values.Length % columns != 0) throw new ArgumentException($"{values.Length} values are no rows of {columns}", nameof(values));
        var header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({values.Length / columns}, {columns}), }}");
        header = header.PadRight((Prefix + header.Length + Align) / Align * Align - Prefix - 1) + '\n';
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        stream.Write(Magic);
        stream.Write([1, 0]);
        stream.Write(length);
        stream.Write(Encoding.ASCII.GetBytes(header));
        for (var start = 0; start < values.Length; start += ChunkFloats)
            stream.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(ChunkFloats, values.Length - start))));
    }

    /// <summary>Reads what <see cref="Write"/> wrote, or NumPy for such an array.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no such array; the message says why.</exception>
    public static (float[] Values, int Columns) Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        Span<byte> prefix = stackalloc byte[Prefix];
        if (file.ReadAtLeast(prefix, Prefix, throwOnEndOfStream: false) < Prefix || !prefix.StartsWith(Magic)) throw Bad(path, "it is no .npy file");
        if (prefix[6] != 1) throw Bad(path, $"it has format {prefix[6]}.{prefix[7]}, and 1.0 is read");
        var bytes = new byte[BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])];
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Bad(path, "it ends in its header");
        var header = Encoding.ASCII.GetString(bytes);
        if (!header.Contains("'<f4'", StringComparison.Ordinal) || !header.Contains("'fortran_order': False", StringComparison.Ordinal) || Shape().Match(header) is not { Success: true } shape)
            throw Bad(path, $"it is not float32 with two dimensions, row by row: {header.Trim()}");
        if (!int.TryParse(shape.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var rows) || !int.TryParse(shape.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
            || rows == 0 || columns == 0 || (long)rows * columns > Array.MaxLength)
            throw Bad(path, $"{shape.Groups[1].Value} x {shape.Groups[2].Value} numbers cannot be held");
        if (file.Length - file.Position != (long)rows * columns * sizeof(float)) throw Bad(path, $"it holds {file.Length - file.Position:N0} bytes of numbers, and {rows:N0} x {columns:N0} need {(long)rows * columns * sizeof(float):N0}");
        var values = new float[rows * columns];
        for (var start = 0; start < values.Length; start += ChunkFloats)
            file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(ChunkFloats, values.Length - start))));
        return (values, columns);
    }

    private static InvalidDataException Bad(string path, string reason) => new($"'{path}' cannot be read as features: {reason}. Make it anew with 'lockstep embed'.");

    [GeneratedRegex(@"'shape': \((\d+), (\d+)\)")]
    private static partial Regex Shape();
}
