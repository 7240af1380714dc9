namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>
/// Colours of patches by what they hold: the first three principal components of the patch features of all images are red,
/// green and blue. So equal colours mean alike features, across images too.
/// </summary>
public sealed class PatchColours
{
    private const int Channels = 3;

    // A few extreme patches must not make all others grey.
    private const double LowQuantile = 0.01, HighQuantile = 0.99;

    private readonly float[] _values; // [patches, 3], 0 to 1

    private PatchColours(float[] values, bool[] foreground, IReadOnlyList<double> shares) => (_values, Foreground, Shares) = (values, foreground, shares);

    /// <summary>Share of the variance that each component explains: of all patches, or of the foreground's.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <summary>False for patches that were taken for background, [patches].</summary>
    public IReadOnlyList<bool> Foreground { get; }

    /// <param name="patches">Features of the patches, image by image, [images * rows * columns, D], D at least 3.</param>
    /// <param name="rows">Patches of an image.</param>
    /// <param name="columns">Patches of an image.</param>
    /// <param name="mask">
    /// Splits foreground from background first, by the first component of all patches: above its middle or below, whichever
    /// has the smaller share of the images' borders. The colours are then those of the foreground's own components.
    /// </param>
    public static PatchColours Of(FeatureSet patches, int rows, int columns, bool mask)
    {
        var foreground = mask ? Split(patches, rows, columns) : [.. Enumerable.Repeat(true, patches.Count)];
        var chosen = Enumerable.Range(0, patches.Count).Where(i => foreground[i]).ToArray();
        var kept = new FeatureSet([.. chosen.SelectMany(i => patches.Feature(i).ToArray())], [.. chosen.Select(i => patches.Labels[i])]);
        var components = PrincipalComponents.Fit(kept, Channels);
        var places = components.Project(kept);
        var values = new float[patches.Count * Channels];
        for (var c = 0; c < Channels; c++)
        {
            var scaled = Scale([.. chosen.Select((_, i) => places[i * Channels + c])]);
            for (var i = 0; i < chosen.Length; i++) values[chosen[i] * Channels + c] = scaled[i];
        }
        return new PatchColours(values, foreground, components.Shares);
    }

    /// <summary>All three components, or one of them in grey, of some patches in a row; background is black: [count, 3].</summary>
    public byte[] Rgb(int start, int count, int? component = null)
    {
        var rgb = new byte[count * Channels];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)Math.Round(255 * _values[(start + i / Channels) * Channels + (component ?? i % Channels)]);
        return rgb;
    }

    private static bool[] Split(FeatureSet patches, int rows, int columns)
    {
        var first = Scale(PrincipalComponents.Fit(patches, 1).Project(patches));
        var (high, highBorder, border) = (0, 0, 0);
        for (var i = 0; i < first.Length; i++)
        {
            var (row, column) = (i / columns % rows, i % columns);
            var atBorder = row == 0 || row == rows - 1 || column == 0 || column == columns - 1;
            if (atBorder) border++;
            if (first[i] <= 0.5f) continue;
            high++;
            if (atBorder) highBorder++;
        }
        // Share of each side that lies at the border; a side without patches can be no foreground.
        var highShare = high == 0 ? 1 : (double)highBorder / high;
        var lowShare = high == first.Length ? 1 : (double)(border - highBorder) / (first.Length - high);
        var highIsForeground = high > 0 && (high == first.Length || highShare <= lowShare);
        return [.. first.Select(value => value > 0.5f == highIsForeground)];
    }

    private static float[] Scale(float[] values)
    {
        var sorted = values.Order().ToArray();
        var low = sorted[(int)(LowQuantile * (sorted.Length - 1))];
        var high = sorted[(int)Math.Ceiling(HighQuantile * (sorted.Length - 1))];
        return [.. values.Select(v => high > low ? Math.Clamp((v - low) / (high - low), 0, 1) : 0.5f)];
    }
}
