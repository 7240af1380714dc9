using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lockstep.Node.Augment;

/// <summary>
/// The horizontal half of a resize: rows of RGB triplets to rows of RGB triplets, rounded and clipped to 8 bits. Both ways
/// to compute it are of whole numbers and give the same bits.
/// </summary>
internal static class RowResampler
{
    /// <summary>Rows that are done at once.</summary>
    public const int Rows = 4;

    /// <summary>Bytes after a row that may be read, and after a result that may be written.</summary>
    public const int SlackBytes = 16;

    private const int Half = 1 << ResampleWeights.PrecisionBits - 1;

    /// <summary>Resizes four rows.</summary>
    /// <param name="pixels">The source; each row begins at its entry of <paramref name="from"/>.</param>
    /// <param name="from">Offsets; rows may be named twice.</param>
    /// <param name="weights">One entry an output pixel.</param>
    /// <param name="flip">Write the outputs from right to left.</param>
    /// <param name="results">Takes the rows, each at its entry of <paramref name="to"/>.</param>
    /// <param name="to">Offsets.</param>
    /// <param name="width">Output pixels.</param>
    public static void Run(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> from, ResampleWeights weights, bool flip,
        Span<byte> results, ReadOnlySpan<int> to, int width)
    {
        if (Avx2.IsSupported) RunAvx2(pixels, from, weights, flip, results, to, width);
        else RunPortable(pixels, from, weights, flip, results, to, width);
    }

    // A pixel's three channels are three lanes; two taps are one multiply-add; four taps are the two halves of a vector.
    internal static unsafe void RunAvx2(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> from, ResampleWeights weights, bool flip,
        Span<byte> results, ReadOnlySpan<int> to, int width)
    {
        const byte z = 0x80; // shuffles to 0
        var spreadPixels = Vector256.Create(
            0, z, 3, z, 1, z, 4, z, 2, z, 5, z, z, z, z, z,
            6, z, 9, z, 7, z, 10, z, 8, z, 11, z, z, z, z, z);
        var spreadHigh = Vector256.Create(
            0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, z, z, z, z,
            4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, z, z, z, z);
        var spreadLow = Vector256.Create(
            8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, z, z, z, z,
            12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, z, z, z, z);
        var half = Vector256.Create(Vector128.Create(Half), Vector128<int>.Zero);

        ref var starts = ref MemoryMarshal.GetReference(weights.Starts.AsSpan(0, width));
        ref var counts = ref MemoryMarshal.GetReference(weights.Counts.AsSpan(0, width));
        var stride = weights.Stride;
        ref var result = ref MemoryMarshal.GetReference(results);
        ref var result0 = ref Unsafe.Add(ref result, to[0]);
        ref var result1 = ref Unsafe.Add(ref result, to[1]);
        ref var result2 = ref Unsafe.Add(ref result, to[2]);
        ref var result3 = ref Unsafe.Add(ref result, to[3]);
        // Pointers, since only from them is a load of 16 bytes into both halves one instruction.
        fixed (byte* source = pixels)
        fixed (short* digits = weights.Digits)
        {
            byte* source0 = source + from[0], source1 = source + from[1], source2 = source + from[2], source3 = source + from[3];
            for (var x = 0; x < width; x++)
            {
                var output = flip ? width - 1 - x : x;
                var tap = (nuint)(Unsafe.Add(ref starts, output) * 3);
                var digit = (nuint)(output * stride);
                var end = digit + 2 * ((nuint)Unsafe.Add(ref counts, output) + ResampleWeights.Group - 1 & ~(nuint)(ResampleWeights.Group - 1));
                Vector256<int> high0 = default, high1 = default, high2 = default, high3 = default;
                Vector256<int> low0 = half, low1 = half, low2 = half, low3 = half;
                for (; digit < end; digit += 2 * ResampleWeights.Group, tap += 3 * ResampleWeights.Group)
                {
                    var weight = Twice((byte*)(digits + digit));
                    var high = Avx2.Shuffle(weight, spreadHigh).AsInt16();
                    var low = Avx2.Shuffle(weight, spreadLow).AsInt16();
                    var pixel = Avx2.Shuffle(Twice(source0 + tap), spreadPixels).AsInt16();
                    high0 += Avx2.MultiplyAddAdjacent(pixel, high);
                    low0 += Avx2.MultiplyAddAdjacent(pixel, low);
                    pixel = Avx2.Shuffle(Twice(source1 + tap), spreadPixels).AsInt16();
                    high1 += Avx2.MultiplyAddAdjacent(pixel, high);
                    low1 += Avx2.MultiplyAddAdjacent(pixel, low);
                    pixel = Avx2.Shuffle(Twice(source2 + tap), spreadPixels).AsInt16();
                    high2 += Avx2.MultiplyAddAdjacent(pixel, high);
                    low2 += Avx2.MultiplyAddAdjacent(pixel, low);
                    pixel = Avx2.Shuffle(Twice(source3 + tap), spreadPixels).AsInt16();
                    high3 += Avx2.MultiplyAddAdjacent(pixel, high);
                    low3 += Avx2.MultiplyAddAdjacent(pixel, low);
                }
                var rows01 = Halves((high0 << ResampleWeights.DigitBits) + low0, (high1 << ResampleWeights.DigitBits) + low1);
                var rows23 = Halves((high2 << ResampleWeights.DigitBits) + low2, (high3 << ResampleWeights.DigitBits) + low3);
                // Packing saturates: to 16 bits, where nothing is cut off, then to 0 to 255. Rows 0 and 2 | rows 1 and 3.
                var words = Avx2.PackSignedSaturate(rows01 >> ResampleWeights.PrecisionBits, rows23 >> ResampleWeights.PrecisionBits);
                var bytes = Avx2.PackUnsignedSaturate(words, words).AsUInt64();
                var (rows02, rows13) = (bytes.GetElement(0), bytes.GetElement(2));
                // Four bytes are written for three; the next pixel, or the slack, takes the fourth.
                var at = (nuint)(x * 3);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref result0, at), (uint)rows02);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref result1, at), (uint)rows13);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref result2, at), (uint)(rows02 >> 32));
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref result3, at), (uint)(rows13 >> 32));
            }
        }
    }

    internal static void RunPortable(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> from, ResampleWeights weights, bool flip,
        Span<byte> results, ReadOnlySpan<int> to, int width)
    {
        for (var row = 0; row < Rows; row++)
        {
            ref var source = ref Unsafe.Add(ref MemoryMarshal.GetReference(pixels), from[row]);
            var result = results.Slice(to[row], width * 3);
            for (var x = 0; x < width; x++)
            {
                var output = flip ? width - 1 - x : x;
                ref var tap = ref Unsafe.Add(ref source, weights.Starts[output] * 3);
                var sum = Vector128.Create(Half);
                for (var j = 0; j < weights.Counts[output]; j++)
                {
                    // Four bytes are read for three: the picture has slack behind its end.
                    var rgb = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref tap, j * 3))).AsByte();
                    sum += Vector128.WidenLower(Vector128.WidenLower(rgb)).AsInt32() * weights[output, j];
                }
                sum = Vector128.Max(Vector128<int>.Zero, Vector128.Min(Vector128.Create(255), sum >> ResampleWeights.PrecisionBits));
                (result[x * 3], result[x * 3 + 1], result[x * 3 + 2]) = ((byte)sum[0], (byte)sum[1], (byte)sum[2]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector256<byte> Twice(byte* x) => Avx2.BroadcastVector128ToVector256(x);

    // The sums of a's halves and of b's halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Halves(Vector256<int> a, Vector256<int> b) =>
        Avx2.Permute2x128(a, b, 0x20) + Avx2.Permute2x128(a, b, 0x31);
}
