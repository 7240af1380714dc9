using Lockstep.Models;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>
/// A grid picture: one row an image; the photo, then the mean of all heads of the last block and each of them: what the class
/// token attends to, as a heat map over the darkened photo, or as the patches that hold a share of the attention.
/// </summary>
public static class AttentionPicture
{
    /// <summary>Writes the grid as a PNG.</summary>
    /// <param name="indices">The images, a row each but for broken ones.</param>
    /// <param name="cell">Side of a cell, pixels; the image is enlarged to it.</param>
    /// <param name="share">Share of the attention that a mask keeps; null: heat maps.</param>
    /// <param name="reportBroken">Is told of each image that is left out.</param>
    /// <exception cref="Data.DataException">No image can be read.</exception>
    /// <exception cref="NotSupportedException">The network has no attention.</exception>
    public static void Write(string path, IFeatureExtractor extractor, LabelledImages images, IReadOnlyList<int> indices, int cell, Action<string> reportBroken, double? share = null)
    {
        PictureGrid? grid = null;
        var row = 0;
        foreach (var index in indices)
        {
            var pixels = new float[3 * images.ImageSize * images.ImageSize];
            if (!images.TryRead(index, pixels, reportBroken)) continue;
            var side = images.ImageSize / extractor.PatchSize;
            var maps = FeatureReader.Features(batch => WithMean(extractor.Attention(batch)), pixels, images.ImageSize); // [1 + heads, side, side]
            var count = maps.Length / (side * side);
            grid ??= new PictureGrid(indices.Count, 1 + count, cell);
            var photo = PictureGrid.Resize(images.ToRgb(pixels), images.ImageSize, images.ImageSize, cell);
            grid.Put(row, 0, photo);
            for (var m = 0; m < count; m++)
            {
                var map = maps.AsSpan(m * side * side, side * side);
                grid.Put(row, 1 + m, share is null
                    ? HeatMap.Over(photo, cell, map, side, side)
                    : HeatMap.Mask(photo, cell, AttentionMass.Keep(map, share.Value), side, side));
            }
            row++;
        }
        if (grid is null) throw LabelledImages.NoneOf(indices.Count);
        grid.Write(path, upTo: row);
    }

    // [1, heads, h, w] to [1, 1 + heads, h, w]
    private static Tensor WithMean(Tensor attention) => cat([attention.mean([1], keepdim: true), attention], 1);
}
