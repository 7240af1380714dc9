using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Colours of one picture: means over its pixels of value and squared value, on [0, 1]; and what decoding it took.</summary>
internal sealed record ImageColors(double[] Mean, double[] MeanSquare, long Pixels, TimeSpan DecodeTime, int EncodedBytes)
{
    public static ImageColors Of(DecodedImage image, TimeSpan decodeTime, int encodedBytes)
    {
        var (sums, squares) = (new long[3], new long[3]);
        var pixels = image.Pixels;
        for (var i = 0; i < pixels.Length; i += 3)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                int value = pixels[i + channel];
                sums[channel] += value;
                squares[channel] += value * value;
            }
        }
        var count = (long)image.Width * image.Height;
        return new ImageColors(
            Array.ConvertAll(sums, s => s / (255.0 * count)), Array.ConvertAll(squares, s => s / (255.0 * 255 * count)),
            count, decodeTime, encodedBytes);
    }

    /// <summary>Of pictures in a fixed order: the numbers do not depend on who decoded which.</summary>
    public static ColorStatistics Total(IReadOnlyList<ImageColors> images, int undecodable)
    {
        var (mean, std) = (new double[3], new double[3]);
        for (var channel = 0; channel < 3 && images.Count > 0; channel++)
        {
            mean[channel] = images.Average(i => i.Mean[channel]);
            std[channel] = Math.Sqrt(Math.Max(0, images.Average(i => i.MeanSquare[channel]) - mean[channel] * mean[channel]));
        }
        return new ColorStatistics(images.Count, undecodable, mean, std, images.Sum(i => i.DecodeTime.TotalSeconds),
            images.Sum(i => i.Pixels) / 1e6, images.Sum(i => (long)i.EncodedBytes));
    }
}
