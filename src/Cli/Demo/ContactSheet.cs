using Lockstep.Node.Evaluation;
using Lockstep.Node.Images;

namespace Lockstep.Cli.Demo;

/// <summary>A picture of images: one row a class.</summary>
internal static class ContactSheet
{
    private const int Gap = 2, Scale = 2;

    public static void Write(string path, LabelledImages images, int columns)
    {
        var rows = Enumerable.Range(0, images.Count).GroupBy(images.LabelOf).OrderBy(g => g.Key).Select(g => g.Take(columns).ToList()).ToList();
        var cell = images.ImageSize * Scale;
        var (width, height) = (columns * (cell + Gap) + Gap, rows.Count * (cell + Gap) + Gap);
        var canvas = new byte[width * height * 3];
        canvas.AsSpan().Fill(255);
        var pixels = new float[3 * images.ImageSize * images.ImageSize];
        for (var r = 0; r < rows.Count; r++)
        {
            for (var c = 0; c < rows[r].Count; c++)
            {
                images.Read(rows[r][c], pixels);
                Paste(images.ToRgb(pixels), images.ImageSize, canvas, width, Gap + c * (cell + Gap), Gap + r * (cell + Gap));
            }
        }
        File.WriteAllBytes(path, PngEncoder.Encode(canvas, width, height, PngPixels.Rgb));
    }

    private static void Paste(byte[] rgb, int size, byte[] canvas, int width, int left, int top)
    {
        for (var y = 0; y < size * Scale; y++)
        {
            for (var x = 0; x < size * Scale; x++)
                rgb.AsSpan((y / Scale * size + x / Scale) * 3, 3).CopyTo(canvas.AsSpan(((top + y) * width + left + x) * 3));
        }
    }
}
