using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>
/// Pillow's GaussianBlur: three extended box blurs (Gwosdek et al., "Theoretical foundations of Gaussian convolution by
/// extended box filtering", 2011) along the rows, then three along the columns, each rounded to 8 bits, edges
/// repeated. Bit-equal to Pillow. Not thread-safe: its buffers are used again.
/// </summary>
/// <remarks>Both ways run down columns, eight at a time, a lane each: the rows are turned to columns before, and back.</remarks>
public sealed class GaussianBlur
{
    private const int Passes = 3;

    private byte[] _turned = [];
    private int[] _from = [], _to = [];

    /// <param name="planes">Blurred in place. [3, height, width]</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="sigma">Standard deviation, pixels.</param>
    public void Apply(Span<byte> planes, int height, int width, float sigma)
    {
        if (planes.Length != 3 * height * width)
            throw new ArgumentException($"{planes.Length} bytes are not 3 x {height} x {width}", nameof(planes));
        var box = ExtendedBox.ForSigma(sigma, Passes);
        Reserve(height * width, (Math.Max(width, height) + 2 * (box.Radius + 1)) * Lanes.Count);
        var turned = _turned.AsSpan(0, height * width);
        for (var c = 0; c < 3; c++)
        {
            var plane = planes.Slice(c * height * width, height * width);
            Transposition.Run(plane, height, width, turned);
            DownColumns(turned, width, height, box);
            Transposition.Run(turned, width, height, plane);
            DownColumns(plane, height, width, box);
        }
    }

    private void DownColumns(Span<byte> plane, int height, int width, ExtendedBox box)
    {
        var x = 0;
        if (BoxCascade.Takes(box, height))
            for (; x <= width - Lanes.Count; x += Lanes.Count) BoxCascade.Run(plane[x..], height, width, box);
        for (; x < width; x += Lanes.Count) Strip(plane[x..], height, width, Math.Min(Lanes.Count, width - x), box);
    }

    // Any radius, any number of columns up to eight: pad, then every output is a sum of loads.
    private void Strip(Span<byte> strip, int height, int width, int columns, ExtendedBox box)
    {
        var pad = (box.Radius + 1) * Lanes.Count;
        for (var y = 0; y < height; y++) LoadColumns(strip.Slice(y * width, columns)).StoreUnsafe(ref _from[pad + y * Lanes.Count]);
        for (var pass = 0; pass < Passes; pass++)
        {
            var (first, last) = (Vector256.LoadUnsafe(ref _from[pad]), Vector256.LoadUnsafe(ref _from[pad + (height - 1) * Lanes.Count]));
            for (var at = 0; at < pad; at += Lanes.Count)
            {
                first.StoreUnsafe(ref _from[at]);
                last.StoreUnsafe(ref _from[pad + height * Lanes.Count + at]);
            }
            Pass(box, pad, height * Lanes.Count);
            (_from, _to) = (_to, _from);
        }
        for (var y = 0; y < height; y++) StoreColumns(Vector256.LoadUnsafe(ref _from[pad + y * Lanes.Count]), strip.Slice(y * width, columns));
    }

    private void Pass(ExtendedBox box, int pad, int count)
    {
        ref var source = ref MemoryMarshal.GetArrayDataReference(_from);
        ref var target = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_to), pad);
        var (whole, partial) = box.Weights;
        var end = 2 * pad;
        for (var at = 0; at < count; at += Lanes.Count)
        {
            var outer = Vector256.LoadUnsafe(ref source, (nuint)at) + Vector256.LoadUnsafe(ref source, (nuint)(at + end));
            var inner = Vector256.LoadUnsafe(ref source, (nuint)(at + Lanes.Count));
            for (var i = 2 * Lanes.Count; i < end; i += Lanes.Count) inner += Vector256.LoadUnsafe(ref source, (nuint)(at + i));
            ExtendedBox.Mean(inner, outer, whole, partial).StoreUnsafe(ref target, (nuint)at);
        }
    }

    private static Vector256<int> LoadColumns(Span<byte> values)
    {
        if (values.Length == Lanes.Count) return Lanes.Load(ref MemoryMarshal.GetReference(values));
        Span<byte> padded = stackalloc byte[Lanes.Count];
        padded.Clear();
        values.CopyTo(padded);
        return Lanes.Load(ref MemoryMarshal.GetReference(padded));
    }

    private static void StoreColumns(Vector256<int> values, Span<byte> into)
    {
        if (into.Length == Lanes.Count) Lanes.Store(values, ref MemoryMarshal.GetReference(into));
        else for (var i = 0; i < into.Length; i++) into[i] = (byte)values[i];
    }

    private void Reserve(int pixels, int padded)
    {
        if (_turned.Length < pixels) _turned = new byte[pixels];
        if (_from.Length < padded) (_from, _to) = (new int[padded], new int[padded]);
    }
}
