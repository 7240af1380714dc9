using Lockstep.Models;
using Lockstep.Models.Chance;

namespace Lockstep.Node.Augment;

/// <summary>
/// All that chance decides about one view. The draws before the crop are always all made, in the order of the
/// properties, so that changing one probability or range leaves the others' outcome as it was; the crop, whose number
/// of draws varies, comes last.
/// </summary>
public readonly record struct ViewDraw
{
    public bool Flip { get; private init; }
    public bool Jitter { get; private init; }

    /// <summary>Factors of <see cref="PointOperation"/>s; null where the view's range is zero.</summary>
    public float? Brightness { get; private init; }
    public float? Contrast { get; private init; }
    public float? Saturation { get; private init; }

    /// <summary>Shift, as a part of the circle.</summary>
    public float? Hue { get; private init; }
    public JitterOrder JitterOrder { get; private init; }
    public bool Greyscale { get; private init; }
    public bool Blur { get; private init; }
    public float BlurSigma { get; private init; }
    public bool Solarize { get; private init; }
    public CropBox Crop { get; private init; }

    /// <param name="spec">The view.</param>
    /// <param name="width">Of the image, pixels.</param>
    /// <param name="height">Of the image, pixels.</param>
    /// <param name="chance">Keyed by (epoch, sample, crop).</param>
    public static ViewDraw Draw(ViewSpec spec, int width, int height, ref Philox chance) => new()
    {
        Flip = chance.NextBool(spec.FlipProbability),
        Jitter = chance.NextBool(spec.JitterProbability),
        Brightness = Factor(spec.Brightness, ref chance),
        Contrast = Factor(spec.Contrast, ref chance),
        Saturation = Factor(spec.Saturation, ref chance),
        Hue = Shift(spec.Hue, ref chance),
        JitterOrder = new JitterOrder(chance.NextInt(24)),
        Greyscale = chance.NextBool(spec.GreyscaleProbability),
        Blur = chance.NextBool(spec.BlurProbability),
        BlurSigma = (float)chance.NextDouble(spec.BlurSigmaMin, spec.BlurSigmaMax),
        Solarize = chance.NextBool(spec.SolarizeProbability),
        Crop = RandomResizedCrop.Draw(spec, width, height, ref chance),
    };

    /// <summary>The draw of one of a sample's views: of its own chance, or of the view's whose crop it repeats.</summary>
    /// <param name="views">All views of the method.</param>
    /// <param name="view">Index of the view.</param>
    /// <param name="width">Of the image, pixels.</param>
    /// <param name="height">Of the image, pixels.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="epoch">Of the sample's place.</param>
    /// <param name="sample">Of the sample's place.</param>
    public static ViewDraw OfView(IReadOnlyList<ViewSpec> views, int view, int width, int height, ulong seed, long epoch, long sample)
    {
        if (views[view].SameCropAs is not { } leader) return Of(view, views[view]);
        if ((uint)leader >= (uint)view || views[leader].SameCropAs is not null)
            throw new ArgumentException($"view {view} repeats the crop of view {leader}: it must be an earlier one that has a crop of its own", nameof(views));
        var led = Of(leader, views[leader]);
        return Of(leader, views[view]) with { Crop = led.Crop, Flip = led.Flip };

        ViewDraw Of(int key, ViewSpec spec)
        {
            var chance = new Philox(ChanceDomain.Augment, seed, (ulong)epoch, (ulong)sample, (ulong)key);
            return Draw(spec, width, height, ref chance);
        }
    }

    private static float? Factor(double range, ref Philox chance)
    {
        var factor = chance.NextDouble(Math.Max(0, 1 - range), 1 + range);
        return range == 0 ? null : (float)factor;
    }

    private static float? Shift(double range, ref Philox chance)
    {
        var shift = chance.NextDouble(-range, range);
        return range == 0 ? null : (float)shift;
    }
}
