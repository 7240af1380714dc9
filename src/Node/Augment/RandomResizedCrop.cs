using Lockstep.Models;
using Lockstep.Models.Chance;

namespace Lockstep.Node.Augment;

/// <summary>Chooses a crop as torchvision's RandomResizedCrop.get_params does.</summary>
public static class RandomResizedCrop
{
    private const int Attempts = 10;

    /// <summary>
    /// Draws, at most ten times: area, aspect and, if the crop fits, top and left. Then gives the largest central crop
    /// within the aspect range.
    /// </summary>
    public static CropBox Draw(ViewSpec spec, int width, int height, ref Philox chance)
    {
        var area = (double)width * height;
        var (logMin, logMax) = (Math.Log(spec.RatioMin), Math.Log(spec.RatioMax));
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var target = area * chance.NextDouble(spec.ScaleMin, spec.ScaleMax);
            var ratio = Math.Exp(chance.NextDouble(logMin, logMax));
            var (w, h) = Size(target, ratio);
            if (w <= 0 || w > width || h <= 0 || h > height) continue;
            var top = chance.NextInt(height - h + 1);
            return new CropBox(chance.NextInt(width - w + 1), top, w, h);
        }
        return Central(spec, width, height);
    }

    /// <summary>Width and height of an area with an aspect; halves are rounded to even, as Python does.</summary>
    public static (int Width, int Height) Size(double area, double ratio) =>
        ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));

    private static CropBox Central(ViewSpec spec, int width, int height)
    {
        var ratio = (double)width / height;
        var (w, h) = (width, height);
        if (ratio < spec.RatioMin) h = Math.Clamp((int)Math.Round(w / spec.RatioMin), 1, height);
        else if (ratio > spec.RatioMax) w = Math.Clamp((int)Math.Round(h * spec.RatioMax), 1, width);
        return new CropBox((width - w) / 2, (height - h) / 2, w, h);
    }
}
