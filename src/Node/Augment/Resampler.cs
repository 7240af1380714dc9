using System.Numerics;
using Lockstep.Models;
using Lockstep.Node.Images;

namespace Lockstep.Node.Augment;

/// <summary>
/// Crop and antialiased resize, bit-equal to Pillow's crop().resize(): along the rows, then along the columns, each rounded
/// and clipped to 8 bits. Only rows that the result needs are computed, four at a time, and kept as long as they are needed.
/// Not thread-safe: its buffers are used again.
/// </summary>
public sealed class Resampler
{
    private readonly ResampleWeights _across = new(), _down = new();

    // The last rows at the new width, a slot each: row r is in slot r modulo their number.
    private byte[] _ring = [];
    private byte[] _row = [];
    private int[] _offsets = [];

    /// <summary>Resizes a crop to width x height.</summary>
    /// <param name="image">The source.</param>
    /// <param name="crop">The part that is resized; nothing outside it has influence.</param>
    /// <param name="width">Of the result, pixels.</param>
    /// <param name="height">Of the result, pixels.</param>
    /// <param name="flip">Mirror left and right afterwards.</param>
    /// <param name="filter">The kernel.</param>
    /// <param name="planes">Takes the result. [3, height, width]</param>
    public void Resize(DecodedImage image, CropBox crop, int width, int height, bool flip, ResampleFilter filter, Span<byte> planes) =>
        Resize(image, crop, width, height, new CropBox(0, 0, width, height), flip, filter, planes);

    /// <summary>Resizes a crop to width x height and computes only a window of the result.</summary>
    /// <inheritdoc cref="Resize(DecodedImage, CropBox, int, int, bool, ResampleFilter, Span{byte})"/>
    /// <param name="image">The source.</param>
    /// <param name="crop">The part that is resized; nothing outside it has influence.</param>
    /// <param name="width">Of the whole result, pixels.</param>
    /// <param name="height">Of the whole result, pixels.</param>
    /// <param name="window">The part of the result that is wanted.</param>
    /// <param name="flip">Mirror the window left and right afterwards.</param>
    /// <param name="filter">The kernel.</param>
    /// <param name="planes">Takes the window. [3, window.Height, window.Width]</param>
    public void Resize(DecodedImage image, CropBox crop, int width, int height, CropBox window, bool flip, ResampleFilter filter, Span<byte> planes)
    {
        RequireInside(crop, image.Width, image.Height, nameof(crop));
        RequireInside(window, width, height, nameof(window));
        if (planes.Length != 3 * window.Width * window.Height)
            throw new ArgumentException($"{planes.Length} bytes are not 3 x {window.Height} x {window.Width}", nameof(planes));

        _across.Compute(filter, crop.Width, width, window.Left, window.Width);
        _down.Compute(filter, crop.Height, height, window.Top, window.Height);
        var rowBytes = (3 * window.Width + ColumnResampler.StepBytes - 1) / ColumnResampler.StepBytes * ColumnResampler.StepBytes;
        var slots = Reserve(rowBytes);
        var done = _down.Starts[0];
        for (var y = 0; y < window.Height; y++)
        {
            var (start, count) = (_down.Starts[y], _down.Counts[y]);
            for (; done < start + count; done += RowResampler.Rows) Across(image, crop, done, slots, SlotBytes(rowBytes), window.Width, flip);

            var offsets = _offsets.AsSpan(0, _down.GroupsOf(y) * ResampleWeights.Group);
            for (var tap = 0; tap < offsets.Length; tap++) offsets[tap] = ((start + tap) & (slots - 1)) * SlotBytes(rowBytes);
            ColumnResampler.Run(_ring, offsets, _down, y, _row.AsSpan(0, rowBytes));
            Triplets.Split(_row, planes, y * window.Width, window.Width);
        }
    }

    // Rows of the crop from one on; past its end the last one again.
    private void Across(DecodedImage image, CropBox crop, int first, int slots, int slotBytes, int width, bool flip)
    {
        Span<int> from = stackalloc int[RowResampler.Rows], to = stackalloc int[RowResampler.Rows];
        for (var i = 0; i < RowResampler.Rows; i++)
        {
            var row = Math.Min(first + i, crop.Height - 1);
            (from[i], to[i]) = (((crop.Top + row) * image.Width + crop.Left) * 3, (row & (slots - 1)) * slotBytes);
        }
        RowResampler.Run(image.PaddedPixels, from, _across, flip, _ring, to, width);
    }

    private int Reserve(int rowBytes)
    {
        var slots = (int)BitOperations.RoundUpToPowerOf2((uint)(_down.Stride / 2 + RowResampler.Rows));
        if (_ring.Length < slots * SlotBytes(rowBytes)) _ring = new byte[slots * SlotBytes(rowBytes)];
        if (_row.Length < rowBytes) _row = new byte[rowBytes];
        if (_offsets.Length < _down.Stride / 2) _offsets = new int[_down.Stride / 2];
        return slots;
    }

    private static int SlotBytes(int rowBytes) => rowBytes + RowResampler.SlackBytes;

    private static void RequireInside(CropBox box, int width, int height, string name)
    {
        if (box.Left < 0 || box.Top < 0 || box.Width <= 0 || box.Height <= 0
            || box.Left > width - box.Width || box.Top > height - box.Height)
            throw new ArgumentOutOfRangeException(name, box, $"is not inside {width} x {height}");
    }
}
