using System.Numerics;
using System.Runtime.InteropServices;

namespace Lockstep.Models.Weights;

/// <summary>The types of stored values, by safetensors' names, and how they become float32.</summary>
internal static class Dtypes
{
    private const int ChunkValues = 1 << 18;

    /// <summary>Bytes a value; 0 for a type that is not known.</summary>
    public static int SizeOf(string dtype) => dtype switch
    {
        "C64" or "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" => 1,
        _ => 0,
    };

    /// <summary>False for what is no real number (complex) or of an unknown type.</summary>
    public static bool IsReadable(string dtype) => dtype != "C64" && SizeOf(dtype) > 0;

    /// <summary>Reads as many values as there is room for from where the stream stands; needs no memory of the tensor's size beside it.</summary>
    public static void Read(Stream stream, string dtype, Span<float> values)
    {
        var size = SizeOf(dtype);
        var bytes = dtype == "F32" ? [] : new byte[Math.Min(ChunkValues, values.Length) * size];
        while (values.Length > 0)
        {
            var chunk = values[..Math.Min(ChunkValues, values.Length)];
            if (dtype == "F32") stream.ReadExactly(MemoryMarshal.AsBytes(chunk));
            else
            {
                stream.ReadExactly(bytes, 0, chunk.Length * size);
                Convert(dtype, bytes.AsSpan(0, chunk.Length * size), chunk);
            }
            values = values[chunk.Length..];
        }
    }

    /// <summary>Little-endian values to float32: F16 and BF16 exactly, F64 and integers rounded to the nearest.</summary>
    public static void Convert(string dtype, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (dtype)
        {
            case "F32": MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values); break;
            case "F16": Each<Half>(bytes, values); break;
            case "BF16":
                var upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < values.Length; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            case "F64": Each<double>(bytes, values); break;
            case "I64": Each<long>(bytes, values); break;
            case "U64": Each<ulong>(bytes, values); break;
            case "I32": Each<int>(bytes, values); break;
            case "U32": Each<uint>(bytes, values); break;
            case "I16": Each<short>(bytes, values); break;
            case "U16": Each<ushort>(bytes, values); break;
            case "I8": Each<sbyte>(bytes, values); break;
            case "U8": Each<byte>(bytes, values); break;
            case "BOOL":
                for (var i = 0; i < values.Length; i++) values[i] = bytes[i] != 0 ? 1 : 0;
                break;
            default: throw new ArgumentException($"{dtype} has no float32 values", nameof(dtype));
        }
    }

    private static void Each<T>(ReadOnlySpan<byte> bytes, Span<float> values) where T : unmanaged, INumberBase<T>
    {
        var from = MemoryMarshal.Cast<byte, T>(bytes);
        for (var i = 0; i < values.Length; i++) values[i] = float.CreateTruncating(from[i]);
    }
}
