using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lockstep.Node.Augment;

/// <summary>
/// Pillow's GaussianBlur: three extended box blurs (Gwosdek et al., "Theoretical foundations of Gaussian convolution by
/// extended box filtering", 2011) along the rows, then three along the columns, each rounded to 8 bits, edges
/// repeated. Bit-equal to Pillow. Not thread-safe: its buffers are used again.
/// </summary>
public sealed class GaussianBlur
{
    private const int Passes = 3;

    private uint[] _from = [], _to = [];

    /// <param name="chw">Whole numbers 0 to 255, blurred in place. [3, height, width]</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="sigma">Standard deviation, pixels.</param>
    public void Apply(Span<float> chw, int height, int width, float sigma)
    {
        var box = ExtendedBox.ForSigma(sigma, Passes);
        var lanes = Vector<uint>.Count;
        Reserve(Math.Max(width + 2 * lanes, height * lanes) + 2 * (box.Radius + 1) * lanes);
        for (var c = 0; c < 3; c++)
        {
            var plane = chw.Slice(c * height * width, height * width);
            for (var y = 0; y < height; y++) Row(plane.Slice(y * width, width), box);
            for (var x = 0; x < width; x += lanes) Columns(plane[x..], height, width, Math.Min(lanes, width - x), box);
        }
    }

    // One row: pad, then every output is a sum of shifted loads.
    private void Row(Span<float> row, ExtendedBox box)
    {
        var (width, pad, lanes) = (row.Length, box.Radius + 1, Vector<uint>.Count);
        for (var x = 0; x < width; x++) _from[pad + x] = (uint)row[x];
        for (var pass = 0; pass < Passes; pass++)
        {
            _from.AsSpan(0, pad).Fill(_from[pad]);
            _from.AsSpan(pad + width, pad).Fill(_from[pad + width - 1]);
            for (var x = 0; x < width; x += lanes) Box(x, 1, box).StoreUnsafe(ref _to[pad + x]);
            (_from, _to) = (_to, _from);
        }
        for (var x = 0; x < width; x++) row[x] = _from[pad + x];
    }

    // A strip of columns, a lane each: the same with a stride.
    private void Columns(Span<float> strip, int height, int width, int columns, ExtendedBox box)
    {
        var (pad, lanes) = (box.Radius + 1, Vector<uint>.Count);
        for (var y = 0; y < height; y++) LoadColumns(strip.Slice(y * width, columns)).StoreUnsafe(ref _from[(pad + y) * lanes]);
        for (var pass = 0; pass < Passes; pass++)
        {
            var (first, last) = (Vector.LoadUnsafe(ref _from[pad * lanes]), Vector.LoadUnsafe(ref _from[(pad + height - 1) * lanes]));
            for (var y = 0; y < pad; y++)
            {
                first.StoreUnsafe(ref _from[y * lanes]);
                last.StoreUnsafe(ref _from[(pad + height + y) * lanes]);
            }
            for (var y = 0; y < height; y++) Box(y * lanes, lanes, box).StoreUnsafe(ref _to[(pad + y) * lanes]);
            (_from, _to) = (_to, _from);
        }
        for (var y = 0; y < height; y++) StoreColumns(_from.AsSpan((pad + y) * lanes, lanes), strip.Slice(y * width, columns));
    }

    // Pillow, BoxBlur.c: (whole pixels * ww + the two partial ones * fw + half) >> 24, in 32 bits without sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<uint> Box(int start, int stride, ExtendedBox box)
    {
        ref var origin = ref MemoryMarshal.GetArrayDataReference(_from);
        var end = start + 2 * (box.Radius + 1) * stride;
        var partial = Vector.LoadUnsafe(ref origin, (nuint)start) + Vector.LoadUnsafe(ref origin, (nuint)end);
        var whole = Vector<uint>.Zero;
        for (var i = start + stride; i < end; i += stride) whole += Vector.LoadUnsafe(ref origin, (nuint)i);
        return Vector.ShiftRightLogical(whole * box.WholeWeight + partial * box.PartialWeight + new Vector<uint>(1 << 23), 24);
    }

    private static Vector<uint> LoadColumns(ReadOnlySpan<float> values)
    {
        if (values.Length == Vector<float>.Count) return Vector.ConvertToUInt32Native(new Vector<float>(values));
        Span<float> padded = stackalloc float[Vector<float>.Count];
        padded.Clear();
        values.CopyTo(padded);
        return Vector.ConvertToUInt32Native(new Vector<float>(padded));
    }

    private static void StoreColumns(ReadOnlySpan<uint> values, Span<float> into)
    {
        if (into.Length == values.Length) Vector.ConvertToSingle(new Vector<int>(MemoryMarshal.Cast<uint, int>(values))).CopyTo(into);
        else for (var i = 0; i < into.Length; i++) into[i] = values[i];
    }

    private void Reserve(int length)
    {
        if (_from.Length < length) (_from, _to) = (new uint[length], new uint[length]);
    }
}
