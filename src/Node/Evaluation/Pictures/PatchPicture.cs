using Lockstep.Models;
using Lockstep.Node.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>A grid picture: one row an image; the photo, the colours of its patches, and the three components in grey.</summary>
public static class PatchPicture
{
    private const int Columns = 5;

    /// <summary>Writes the grid as a PNG.</summary>
    /// <param name="indices">The images, a row each but for broken ones; the components are those of all of them.</param>
    /// <param name="cell">Side of a cell, pixels.</param>
    /// <param name="mask">Leaves out what the first component takes for background.</param>
    /// <param name="reportBroken">Is told of each image that is left out.</param>
    /// <returns>The colours.</returns>
    /// <exception cref="DataException">No image can be read, or the features have fewer than three numbers.</exception>
    public static PatchColours Write(string path, IFeatureExtractor extractor, LabelledImages images, IReadOnlyList<int> indices, int cell, bool mask, Action<string> reportBroken)
    {
        var photos = new List<byte[]>();
        var (values, labels, rows, columns) = (new List<float>(), new List<int>(), 0, 0);
        foreach (var index in indices)
        {
            var pixels = new float[3 * images.ImageSize * images.ImageSize];
            if (!images.TryRead(index, pixels, reportBroken)) continue;
            photos.Add(PictureGrid.Resize(images.ToRgb(pixels), images.ImageSize, images.ImageSize, cell));
            values.AddRange(FeatureReader.Features(batch =>
            {
                var map = extractor.PatchFeatures(batch); // [1, D, rows, columns]
                (rows, columns) = ((int)map.shape[2], (int)map.shape[3]);
                return map.flatten(2).transpose(1, 2);
            }, pixels, images.ImageSize));
            labels.AddRange(Enumerable.Repeat(index, rows * columns));
        }
        if (photos.Count == 0) throw LabelledImages.NoneOf(indices.Count);
        var patches = new FeatureSet([.. values], [.. labels]);
        if (patches.Dimension < 3) throw new DataException($"features of {patches.Dimension} numbers have no three components to show");
        var colours = PatchColours.Of(patches, rows, columns, mask);
        var grid = new PictureGrid(photos.Count, Columns, cell);
        for (var row = 0; row < photos.Count; row++)
        {
            grid.Put(row, 0, photos[row]);
            for (var column = 1; column < Columns; column++)
            {
                int? component = column == 1 ? null : column - 2;
                grid.Put(row, column, PictureGrid.Resize(colours.Rgb(row * rows * columns, rows * columns, component), rows, columns, cell));
            }
        }
        grid.Write(path);
        return colours;
    }
}
