using System.Runtime.InteropServices;
using Lockstep.Models;
using Lockstep.Node.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation;

/// <summary>
/// A grid picture: one row an image, first the photo, then for every head of the last block what the class token attends
/// to, as a heat map over the darkened photo.
/// </summary>
public static class AttentionPicture
{
    private const int Gap = 4;

    /// <summary>Writes the grid as a PNG.</summary>
    /// <param name="cell">Side of a cell, pixels; the image is enlarged to it.</param>
    public static void Write(string path, IFeatureExtractor extractor, LabelledImages images, IReadOnlyList<int> indices, int cell)
    {
        var rows = indices.Select(i => Row(extractor, images, i, cell)).ToList();
        var columns = rows.Max(r => r.Count);
        var (width, height) = (columns * (cell + Gap) + Gap, rows.Count * (cell + Gap) + Gap);
        var canvas = new byte[width * height * 3];
        canvas.AsSpan().Fill(255);
        for (var r = 0; r < rows.Count; r++)
        {
            for (var c = 0; c < rows[r].Count; c++)
                Paste(canvas, width, rows[r][c], cell, Gap + c * (cell + Gap), Gap + r * (cell + Gap));
        }
        File.WriteAllBytes(path, PngEncoder.Encode(canvas, width, height, PngPixels.Rgb));
    }

    private static List<byte[]> Row(IFeatureExtractor extractor, LabelledImages images, int index, int cell)
    {
        var size = images.ImageSize;
        var pixels = new float[3 * size * size];
        images.Read(index, pixels);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var batch = zeros([1, 3, size, size], dtype: ScalarType.Float32);
        MemoryMarshal.AsBytes(pixels.AsSpan()).CopyTo(batch.bytes);
        var attention = extractor.Attention(batch).contiguous(); // [1, heads, g, g]
        var (heads, grid) = ((int)attention.shape[1], (int)attention.shape[2]);
        var maps = attention.data<float>().ToArray();
        var photo = Enlarge(images.ToRgb(pixels), size, cell);
        var row = new List<byte[]> { photo };
        for (var head = 0; head < heads; head++)
            row.Add(Overlay(photo, maps.AsSpan(head * grid * grid, grid * grid), grid, cell));
        return row;
    }

    private static byte[] Enlarge(byte[] rgb, int size, int cell)
    {
        var large = new byte[cell * cell * 3];
        for (var y = 0; y < cell; y++)
        {
            for (var x = 0; x < cell; x++)
                rgb.AsSpan((y * size / cell * size + x * size / cell) * 3, 3).CopyTo(large.AsSpan((y * cell + x) * 3, 3));
        }
        return large;
    }

    private static byte[] Overlay(byte[] photo, ReadOnlySpan<float> map, int grid, int cell)
    {
        var (low, high) = (float.MaxValue, float.MinValue);
        foreach (var value in map) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        var picture = new byte[photo.Length];
        for (var y = 0; y < cell; y++)
        {
            for (var x = 0; x < cell; x++)
            {
                var heat = (map[y * grid / cell * grid + x * grid / cell] - low) / Math.Max(high - low, 1e-12f);
                var at = (y * cell + x) * 3;
                picture[at] = Blend(photo[at], 255 * Math.Min(1, 2 * heat), heat);
                picture[at + 1] = Blend(photo[at + 1], 255 * Math.Max(0, 2 * heat - 1), heat);
                picture[at + 2] = Blend(photo[at + 2], 60 * (1 - heat), heat);
            }
        }
        return picture;
    }

    private static byte Blend(byte photo, float colour, float heat) =>
        (byte)Math.Clamp(0.35f * photo * (1 - heat) + (0.25f + 0.6f * heat) * colour, 0, 255);

    private static void Paste(byte[] canvas, int width, byte[] cellPixels, int cell, int left, int top)
    {
        for (var y = 0; y < cell; y++)
            cellPixels.AsSpan(y * cell * 3, cell * 3).CopyTo(canvas.AsSpan(((top + y) * width + left) * 3));
    }
}
