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
    /// <param name="indices">The images, a row each; the components are those of all of them.</param>
    /// <param name="cell">Side of a cell, pixels.</param>
    /// <param name="mask">Leaves out what the first component takes for background.</param>
    /// <returns>The colours.</returns>
    /// <exception cref="DataException">The features have fewer than three numbers.</exception>
    public static PatchColours Write(string path, IFeatureExtractor extractor, LabelledImages images, IReadOnlyList<int> indices, int cell, bool mask)
    {
        var grid = new PictureGrid(indices.Count, Columns, cell);
        var photos = new List<byte[]>();
        var (values, labels, rows, columns) = (new List<float>(), new List<int>(), 0, 0);
        foreach (var index in indices)
        {
            var pixels = new float[3 * images.ImageSize * images.ImageSize];
            images.Read(index, pixels);
            photos.Add(PictureGrid.Resize(images.ToRgb(pixels), images.ImageSize, images.ImageSize, cell));
            values.AddRange(FeatureReader.Features(batch =>
            {
                var map = extractor.PatchFeatures(batch); // [1, D, rows, columns]
                (rows, columns) = ((int)map.shape[2], (int)map.shape[3]);
                return map.flatten(2).transpose(1, 2);
            }, pixels, images.ImageSize));
            labels.AddRange(Enumerable.Repeat(index, rows * columns));
        }
        var patches = new FeatureSet([.. values], [.. labels]);
        if (patches.Dimension < 3) throw new DataException($"features of {patches.Dimension} numbers have no three components to show");
        var colours = PatchColours.Of(patches, rows, columns, mask);
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
