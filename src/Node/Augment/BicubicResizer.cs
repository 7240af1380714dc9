using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lockstep.Node.Images;

namespace Lockstep.Node.Augment;

/// <summary>
/// Crop and antialiased bicubic resize, bit-equal to Pillow's crop().resize(BICUBIC): along the rows, then along the
/// columns, each rounded and clipped to 8 bits. Not thread-safe: its buffers are used again.
/// </summary>
public sealed class BicubicResizer
{
    private const int Half = 1 << ResampleWeights.PrecisionBits - 1;

    private readonly ResampleWeights _horizontal = new(), _vertical = new();

    // The crop's rows at the new width. [rows, 3, width]
    private short[] _rows = [];

    /// <summary>Resizes a crop to width x height.</summary>
    /// <param name="image">The source.</param>
    /// <param name="crop">The part that is resized; nothing outside it has influence.</param>
    /// <param name="width">Of the result, pixels.</param>
    /// <param name="height">Of the result, pixels.</param>
    /// <param name="flip">Mirror left and right afterwards.</param>
    /// <param name="chw">Takes whole numbers 0 to 255. [3, height, width]</param>
    public void Resize(DecodedImage image, CropBox crop, int width, int height, bool flip, Span<float> chw) =>
        Resize(image, crop, width, height, new CropBox(0, 0, width, height), flip, chw);

    /// <summary>Resizes a crop to width x height and computes only a window of the result.</summary>
    /// <inheritdoc cref="Resize(DecodedImage, CropBox, int, int, bool, Span{float})"/>
    /// <param name="image">The source.</param>
    /// <param name="crop">The part that is resized; nothing outside it has influence.</param>
    /// <param name="width">Of the whole result, pixels.</param>
    /// <param name="height">Of the whole result, pixels.</param>
    /// <param name="window">The part of the result that is wanted.</param>
    /// <param name="flip">Mirror the window left and right afterwards.</param>
    /// <param name="chw">Takes whole numbers 0 to 255. [3, window.Height, window.Width]</param>
    public void Resize(DecodedImage image, CropBox crop, int width, int height, CropBox window, bool flip, Span<float> chw)
    {
        RequireInside(crop, image.Width, image.Height, nameof(crop));
        RequireInside(window, width, height, nameof(window));
        if (chw.Length != 3 * window.Width * window.Height)
            throw new ArgumentException($"{chw.Length} floats are not 3 x {window.Height} x {window.Width}", nameof(chw));

        _horizontal.Compute(crop.Width, width, window.Left, window.Width);
        _vertical.Compute(crop.Height, height, window.Top, window.Height);
        var firstRow = _vertical.Starts[0];
        var rows = _vertical.Starts[window.Height - 1] + _vertical.Counts[window.Height - 1] - firstRow;
        var length = checked(rows * 3 * window.Width);
        if (_rows.Length < length) _rows = GC.AllocateUninitializedArray<short>(length + length / 4);

        for (var y = 0; y < rows; y++)
        {
            var start = ((crop.Top + firstRow + y) * image.Width + crop.Left) * 3;
            Horizontal(image.PaddedPixels[start..], _rows.AsSpan(y * 3 * window.Width, 3 * window.Width), window.Width, flip);
        }
        for (var y = 0; y < window.Height; y++)
            for (var c = 0; c < 3; c++)
                Vertical(y, c, firstRow, window.Width, chw.Slice((c * window.Height + y) * window.Width, window.Width));
    }

    // One row: a pixel's three channels are one vector.
    private void Horizontal(ReadOnlySpan<byte> pixels, Span<short> row, int width, bool flip)
    {
        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_horizontal.Weights);
        for (var i = 0; i < width; i++)
        {
            ref var tap = ref Unsafe.Add(ref source, _horizontal.Starts[i] * 3);
            ref var weight = ref Unsafe.Add(ref weights, i * _horizontal.Stride);
            var sum = Vector128.Create(Half);
            for (var j = 0; j < _horizontal.Counts[i]; j++)
            {
                // Four bytes are read for three: the picture has slack behind its end.
                var rgb = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<int>(ref Unsafe.Add(ref tap, j * 3))).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(rgb)).AsInt32() * Unsafe.Add(ref weight, j);
            }
            sum = Vector128.Max(Vector128<int>.Zero, Vector128.Min(Vector128.Create(255), sum >> ResampleWeights.PrecisionBits));
            var x = flip ? width - 1 - i : i;
            row[x] = (short)sum[0];
            row[width + x] = (short)sum[1];
            row[2 * width + x] = (short)sum[2];
        }
    }

    // One channel of one row of the result.
    private void Vertical(int y, int channel, int firstRow, int width, Span<float> into)
    {
        var rowLength = 3 * width;
        var weights = _vertical.Weights.AsSpan(y * _vertical.Stride, _vertical.Counts[y]);
        ref var source = ref _rows[(_vertical.Starts[y] - firstRow) * rowLength + channel * width];
        ref var target = ref MemoryMarshal.GetReference(into);
        if (width < Vector<short>.Count)
        {
            for (var x = 0; x < width; x++)
            {
                var sum = Half;
                for (var j = 0; j < weights.Length; j++) sum += Unsafe.Add(ref source, j * rowLength + x) * weights[j];
                into[x] = Math.Clamp(sum >> ResampleWeights.PrecisionBits, 0, 255);
            }
            return;
        }
        for (var x = 0; x < width; x += Vector<short>.Count)
        {
            // The last vector overlaps the one before it.
            var at = Math.Min(x, width - Vector<short>.Count);
            var (low, high) = (new Vector<int>(Half), new Vector<int>(Half));
            for (var j = 0; j < weights.Length; j++)
            {
                Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)(j * rowLength + at)), out var a, out var b);
                low += a * weights[j];
                high += b * weights[j];
            }
            Clip(low).StoreUnsafe(ref target, (nuint)at);
            Clip(high).StoreUnsafe(ref target, (nuint)(at + Vector<int>.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Clip(Vector<int> sum) => Vector.ConvertToSingle(
        Vector.Max(Vector<int>.Zero, Vector.Min(new Vector<int>(255), Vector.ShiftRightArithmetic(sum, ResampleWeights.PrecisionBits))));

    private static void RequireInside(CropBox box, int width, int height, string name)
    {
        if (box.Left < 0 || box.Top < 0 || box.Width <= 0 || box.Height <= 0
            || box.Left > width - box.Width || box.Top > height - box.Height)
            throw new ArgumentOutOfRangeException(name, box, $"is not inside {width} x {height}");
    }
}
