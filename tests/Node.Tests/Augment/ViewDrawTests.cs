using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class ViewDrawTests
{
    private const int Count = 20_000;

    [Fact]
    public void Draw_ManyTimes_HasTheViewsProbabilities()
    {
        var draws = Draws();
        Share("flip", 0.5, draws.Count(d => d.Flip));
        Share("jitter", 0.8, draws.Count(d => d.Jitter));
        Share("greyscale", 0.2, draws.Count(d => d.Greyscale));
        Share("blur", 0.1, draws.Count(d => d.Blur));
        Share("solarize", 0.2, draws.Count(d => d.Solarize));
        Share("jitter and flip", 0.4, draws.Count(d => d.Jitter && d.Flip));
        var orders = draws.GroupBy(d => d.JitterOrder).Select(g => g.Count()).ToArray();
        Assert.Equal(24, orders.Length);
        ChiSquare("order", orders);
    }

    [Fact]
    public void Draw_ManyTimes_HasUniformAmounts()
    {
        var draws = Draws();
        Uniform("brightness", 0.6, 1.4, draws.Select(d => (double)d.Brightness!.Value));
        Uniform("contrast", 0.6, 1.4, draws.Select(d => (double)d.Contrast!.Value));
        Uniform("saturation", 0.8, 1.2, draws.Select(d => (double)d.Saturation!.Value));
        Uniform("hue", -0.1, 0.1, draws.Select(d => (double)d.Hue!.Value));
        Uniform("sigma", 0.1, 2, draws.Select(d => (double)d.BlurSigma));
    }

    [Fact]
    public void Draw_OtherProbabilities_LeavesTheCropAlone()
    {
        var (a, b) = (new Philox(ChanceDomain.Augment, 1, 2, 3, 4), new Philox(ChanceDomain.Augment, 1, 2, 3, 4));
        var (full, plain) = (ViewDraw.Draw(Views.Global(32), 100, 80, ref a), ViewDraw.Draw(Views.Plain(32), 100, 80, ref b));
        Assert.Equal(full.Crop, plain.Crop);
    }

    [Fact]
    public void Draw_RangeZero_SkipsTheOperation()
    {
        var chance = new Philox(ChanceDomain.Augment, 1, 0);
        var draw = ViewDraw.Draw(Views.Global(32) with { Brightness = 0, Hue = 0 }, 100, 80, ref chance);
        Assert.Null(draw.Brightness);
        Assert.Null(draw.Hue);
        Assert.NotNull(draw.Contrast);
    }

    [Fact]
    public void JitterOrder_AllIndices_AreThe24Permutations()
    {
        var orders = Enumerable.Range(0, 24).Select(i => new JitterOrder(i)).ToArray();
        Assert.Equal(24, orders.Distinct().Count());
        Assert.All(orders, order => Assert.Equal(4, Enumerable.Range(0, 4).Select(place => order[place]).Distinct().Count()));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JitterOrder(24));
    }

    private static ViewDraw[] Draws()
    {
        var draws = new ViewDraw[Count];
        for (var i = 0; i < Count; i++)
        {
            var chance = new Philox(ChanceDomain.Augment, 11, 0, (ulong)i, 1);
            draws[i] = ViewDraw.Draw(Views.Global(32), 100, 80, ref chance);
        }
        return draws;
    }

    private static void Share(string what, double expected, int count)
    {
        var error = Math.Sqrt(expected * (1 - expected) / Count);
        Assert.True(Math.Abs((double)count / Count - expected) <= 5 * error, $"{what}: {(double)count / Count}, not {expected}");
    }

    private static void Uniform(string what, double low, double high, IEnumerable<double> values)
    {
        var all = values.ToArray();
        var error = (high - low) / Math.Sqrt(12.0 * Count);
        Assert.True(all.Min() >= low - 1e-6 && all.Max() <= high + 1e-6, $"{what}: {all.Min()} to {all.Max()}");
        Assert.True(Math.Abs(all.Average() - (low + high) / 2) <= 5 * error, $"{what}: mean {all.Average()}");
        Assert.True(all.Max() - all.Min() > 0.99 * (high - low), $"{what}: {all.Min()} to {all.Max()}");

        // Chi-square over 20 bins: mean and variance of the distribution, 5 of its deviations.
        const int Bins = 20;
        var counts = new int[Bins];
        foreach (var value in all) counts[Math.Clamp((int)(Bins * (value - low) / (high - low)), 0, Bins - 1)]++;
        ChiSquare(what, counts);
    }

    private static void ChiSquare(string what, int[] counts)
    {
        var (expected, freedom) = (counts.Sum() / (double)counts.Length, counts.Length - 1);
        var statistic = counts.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.True(Math.Abs(statistic - freedom) <= 5 * Math.Sqrt(2 * freedom), $"{what}: chi-square {statistic} of {freedom} degrees");
    }
}
