using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Pictures;

namespace Lockstep.Cli.Demo;

/// <summary>A picture of images: one row a class.</summary>
internal static class ContactSheet
{
    private const int Gap = 2, Scale = 2;

    public static void Write(string path, LabelledImages images, int columns)
    {
        var rows = Enumerable.Range(0, images.Count).GroupBy(images.LabelOf).OrderBy(g => g.Key).Select(g => g.Take(columns).ToList()).ToList();
        var grid = new PictureGrid(rows.Count, columns, images.ImageSize * Scale, Gap);
        var pixels = new float[3 * images.ImageSize * images.ImageSize];
        for (var r = 0; r < rows.Count; r++)
        {
            for (var c = 0; c < rows[r].Count; c++)
            {
                images.Read(rows[r][c], pixels);
                grid.Put(r, c, PictureGrid.Resize(images.ToRgb(pixels), images.ImageSize, images.ImageSize, grid.Cell));
            }
        }
        grid.Write(path);
    }
}
