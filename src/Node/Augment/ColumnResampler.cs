using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lockstep.Node.Augment;

/// <summary>
/// The vertical half of a resize: some rows of bytes, weighted, to one row, rounded and clipped to 8 bits. Both ways to
/// compute it are of whole numbers and give the same bits.
/// </summary>
internal static class ColumnResampler
{
    /// <summary>Rows are read and the result is written in steps of so many bytes.</summary>
    public const int StepBytes = 32;

    private const int Half = 1 << ResampleWeights.PrecisionBits - 1;

    /// <summary>Computes one row.</summary>
    /// <param name="rows">The source rows, each at its entry of <paramref name="from"/>.</param>
    /// <param name="from">Offsets, one a tap of every group: where the last group is not full, of any readable row.</param>
    /// <param name="weights">The axis.</param>
    /// <param name="output">Which of its outputs.</param>
    /// <param name="result">Takes the row; a multiple of <see cref="StepBytes"/> long.</param>
    public static void Run(ReadOnlySpan<byte> rows, ReadOnlySpan<int> from, ResampleWeights weights, int output, Span<byte> result)
    {
        if (result.Length % StepBytes != 0) throw new ArgumentException($"{result.Length} bytes are not whole steps", nameof(result));
        if (Avx2.IsSupported) RunAvx2(rows, from, weights, output, result);
        else RunPortable(rows, from, weights, output, result);
    }

    // Two rows, byte beside byte, are one multiply-add.
    internal static void RunAvx2(ReadOnlySpan<byte> rows, ReadOnlySpan<int> from, ResampleWeights weights, int output, Span<byte> result)
    {
        ref var row = ref MemoryMarshal.GetReference(rows);
        ref var offset = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(result);
        ref var digits = ref weights.Digits[output * weights.Stride];
        var pairs = (weights.Counts[output] + 1) / 2;
        for (var at = 0; at < result.Length; at += StepBytes)
        {
            Vector256<int> highA = default, highB = default, highC = default, highD = default;
            Vector256<int> lowA = Vector256.Create(Half), lowB = lowA, lowC = lowA, lowD = lowA;
            for (var pair = 0; pair < pairs; pair++)
            {
                ref var digit = ref Unsafe.Add(ref digits, pair / 2 * 2 * ResampleWeights.Group + pair % 2 * 2);
                var high = Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref digit))).AsInt16();
                var low = Vector256.Create(Unsafe.ReadUnaligned<int>(ref Unsafe.As<short, byte>(ref Unsafe.Add(ref digit, ResampleWeights.Group)))).AsInt16();
                ref var upper = ref Unsafe.Add(ref row, Unsafe.Add(ref offset, 2 * pair) + at);
                ref var lower = ref Unsafe.Add(ref row, Unsafe.Add(ref offset, 2 * pair + 1) + at);
                var (above, below) = (Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref upper)), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref lower)));
                var (left, right) = (Avx2.UnpackLow(above, below), Avx2.UnpackHigh(above, below));
                highA += Avx2.MultiplyAddAdjacent(left, high);
                lowA += Avx2.MultiplyAddAdjacent(left, low);
                highB += Avx2.MultiplyAddAdjacent(right, high);
                lowB += Avx2.MultiplyAddAdjacent(right, low);
                (above, below) = (Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref upper, 16)), Avx2.ConvertToVector256Int16(Vector128.LoadUnsafe(ref lower, 16)));
                (left, right) = (Avx2.UnpackLow(above, below), Avx2.UnpackHigh(above, below));
                highC += Avx2.MultiplyAddAdjacent(left, high);
                lowC += Avx2.MultiplyAddAdjacent(left, low);
                highD += Avx2.MultiplyAddAdjacent(right, high);
                lowD += Avx2.MultiplyAddAdjacent(right, low);
            }
            var first = Avx2.PackSignedSaturate(Whole(highA, lowA), Whole(highB, lowB));
            var second = Avx2.PackSignedSaturate(Whole(highC, lowC), Whole(highD, lowD));
            // Packing works in halves: put the quarters in order.
            var bytes = Avx2.Permute4x64(Avx2.PackUnsignedSaturate(first, second).AsUInt64(), 0b11_01_10_00).AsByte();
            bytes.StoreUnsafe(ref target, (nuint)at);
        }
    }

    internal static void RunPortable(ReadOnlySpan<byte> rows, ReadOnlySpan<int> from, ResampleWeights weights, int output, Span<byte> result)
    {
        ref var row = ref MemoryMarshal.GetReference(rows);
        for (var at = 0; at < result.Length; at += Vector128<byte>.Count)
        {
            Vector128<int> a = Vector128.Create(Half), b = a, c = a, d = a;
            for (var tap = 0; tap < weights.Counts[output]; tap++)
            {
                var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref row, (nuint)(from[tap] + at)));
                var weight = weights[output, tap];
                a += Vector128.WidenLower(low).AsInt32() * weight;
                b += Vector128.WidenUpper(low).AsInt32() * weight;
                c += Vector128.WidenLower(high).AsInt32() * weight;
                d += Vector128.WidenUpper(high).AsInt32() * weight;
            }
            var bytes = Vector128.Narrow(Vector128.Narrow(Clip(a), Clip(b)), Vector128.Narrow(Clip(c), Clip(d)));
            bytes.AsByte().StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(Vector256<int> high, Vector256<int> low) =>
        ((high << ResampleWeights.DigitBits) + low) >> ResampleWeights.PrecisionBits;

    private static Vector128<int> Clip(Vector128<int> sum) =>
        Vector128.Max(Vector128<int>.Zero, Vector128.Min(Vector128.Create(255), sum >> ResampleWeights.PrecisionBits));
}
