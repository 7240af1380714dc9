using System.Globalization;
using Lockstep.Node.Data.Inspection;
using Lockstep.Node.Images;

namespace Lockstep.Cli.Data;

/// <summary>The numbers of <c>lockstep data stats</c> for people.</summary>
internal static class StatsTable
{
    public static IEnumerable<string> Lines(DatasetStats stats, ulong seed)
    {
        yield return Row("images", $"{stats.Samples:N0}, {stats.Bytes / 1e6:N1} MB, {stats.Bytes / 1e3 / Math.Max(1, stats.Samples):N1} kB each on average");
        if (stats.WithoutHeader > 0) yield return Row("no header", $"{stats.WithoutHeader:N0} (lockstep data check says why); they are not in the numbers below");
        foreach (var (stored, i) in stats.Stored.Select((stored, i) => (stored, i)))
            yield return Row(i == 0 ? "stored as" : "", $"{stored.Count,9:N0}  {Describe(stored)}");
        if (stats.Turned > 0) yield return Row("turned", $"{stats.Turned:N0} by EXIF");
        if (stats.WithProfile > 0) yield return Row("profiles", $"{stats.WithProfile:N0} with a colour profile, which is not applied");
        yield return stats.Classes is { } classes
            ? Row("classes", $"{classes.Count:N0}; smallest {classes.Smallest} ({classes.SmallestSamples:N0}), largest {classes.Largest} ({classes.LargestSamples:N0}), imbalance {classes.Imbalance:F2}")
            : Row("classes", $"none");
        if (stats.Width is { } width && stats.Height is { } height && stats.Aspect is { } aspect && stats.Megapixels is { } megapixels)
        {
            yield return Row("", $"{"smallest",10} {"median",10} {"largest",10}");
            yield return Row("width", $"{width.Smallest,10:N0} {width.Median,10:N0} {width.Largest,10:N0}");
            yield return Row("height", $"{height.Smallest,10:N0} {height.Median,10:N0} {height.Largest,10:N0}");
            yield return Row("aspect", $"{aspect.Smallest,10:F2} {aspect.Median,10:F2} {aspect.Largest,10:F2}   width over height");
            yield return Row("megapixels", $"{megapixels.Smallest,10:F3} {megapixels.Median,10:F3} {megapixels.Largest,10:F3}");
        }
        if (stats.Colors is not { } colors) yield break;
        var failed = colors.Undecodable > 0 ? $", {colors.Undecodable:N0} more could not be" : "";
        yield return Row("decoded", $"{colors.Images:N0} images, drawn by seed {seed}{failed}");
        if (colors.Images == 0) yield break;
        yield return Row("mean", $"{colors.Mean[0]:F4} {colors.Mean[1]:F4} {colors.Mean[2]:F4}   red, green, blue on [0, 1]");
        yield return Row("std", $"{colors.Std[0]:F4} {colors.Std[1]:F4} {colors.Std[2]:F4}");
        yield return Row("speed", $"{colors.Images / colors.DecodeSeconds:N0} images/s a core, {colors.Megapixels / colors.DecodeSeconds:N0} megapixels/s, {colors.EncodedBytes / 1e6 / colors.DecodeSeconds:N1} MB/s (decoding alone)");
    }

    private static string Describe(StoredKind stored) =>
        $"{Name(stored.Format)} {Words(stored.Mode)}, {stored.BitsPerSample} bits{Words(stored.Coding)}";

    private static string Name(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "JPEG",
        ImageFormat.Png => "PNG",
        _ => "WebP",
    };

    private static string Words(PixelMode mode) => mode switch
    {
        PixelMode.Grey => "grey",
        PixelMode.GreyAlpha => "grey with alpha",
        PixelMode.Rgb => "RGB",
        PixelMode.RgbAlpha => "RGB with alpha",
        PixelMode.Palette => "palette",
        PixelMode.PaletteAlpha => "palette with alpha",
        _ => "CMYK",
    };

    private static string Words(ImageCoding coding) => coding switch
    {
        ImageCoding.Progressive => ", progressive",
        ImageCoding.Arithmetic => ", arithmetic-coded",
        ImageCoding.OtherJpeg => ", lossless or hierarchical",
        ImageCoding.Vp8 => ", lossy",
        ImageCoding.Vp8Lossless => ", lossless",
        ImageCoding.Frames => ", animated",
        _ => "",
    };

    private static string Row(string name, FormattableString text) => $"  {name,-11} {text.ToString(CultureInfo.InvariantCulture)}";
}
