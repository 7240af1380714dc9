using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lockstep.Node.Augment;

/// <summary>Turns the rows of a plane of bytes to columns.</summary>
internal static class Transposition
{
    private const int Side = 8;

    /// <param name="plane">[height, width]</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="turned">[width, height]</param>
    public static void Run(ReadOnlySpan<byte> plane, int height, int width, Span<byte> turned)
    {
        ref var source = ref MemoryMarshal.GetReference(plane[..(height * width)]);
        ref var target = ref MemoryMarshal.GetReference(turned[..(height * width)]);
        for (var y = 0; y < height; y += Side)
        {
            for (var x = 0; x < width; x += Side)
            {
                ref var from = ref Unsafe.Add(ref source, y * width + x);
                ref var to = ref Unsafe.Add(ref target, x * height + y);
                if (Sse2.IsSupported && y <= height - Side && x <= width - Side) Square(ref from, width, ref to, height);
                else Rest(ref from, width, ref to, height, Math.Min(Side, height - y), Math.Min(Side, width - x));
            }
        }
    }

    private static void Square(ref byte from, int width, ref byte to, int height)
    {
        var ab = Sse2.UnpackLow(Row(ref from, 0), Row(ref from, width)).AsInt16();
        var cd = Sse2.UnpackLow(Row(ref from, 2 * width), Row(ref from, 3 * width)).AsInt16();
        var ef = Sse2.UnpackLow(Row(ref from, 4 * width), Row(ref from, 5 * width)).AsInt16();
        var gh = Sse2.UnpackLow(Row(ref from, 6 * width), Row(ref from, 7 * width)).AsInt16();
        var (left, right) = (Sse2.UnpackLow(ab, cd).AsInt32(), Sse2.UnpackHigh(ab, cd).AsInt32());
        var (left2, right2) = (Sse2.UnpackLow(ef, gh).AsInt32(), Sse2.UnpackHigh(ef, gh).AsInt32());
        Columns(Sse2.UnpackLow(left, left2), ref to, height);
        Columns(Sse2.UnpackHigh(left, left2), ref Unsafe.Add(ref to, 2 * height), height);
        Columns(Sse2.UnpackLow(right, right2), ref Unsafe.Add(ref to, 4 * height), height);
        Columns(Sse2.UnpackHigh(right, right2), ref Unsafe.Add(ref to, 6 * height), height);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Row(ref byte from, int at) =>
        Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, at))).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(Vector128<int> two, ref byte to, int height)
    {
        Unsafe.WriteUnaligned(ref to, two.AsUInt64().GetElement(0));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, height), two.AsUInt64().GetElement(1));
    }

    private static void Rest(ref byte from, int width, ref byte to, int height, int rows, int columns)
    {
        for (var y = 0; y < rows; y++)
            for (var x = 0; x < columns; x++) Unsafe.Add(ref to, x * height + y) = Unsafe.Add(ref from, y * width + x);
    }
}
