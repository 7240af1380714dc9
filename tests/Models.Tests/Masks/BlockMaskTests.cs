using Lockstep.Models.Chance;
using Lockstep.Models.Masks;

namespace Lockstep.Models.Tests.Masks;

public sealed class BlockMaskTests
{
    private const int Draws = 20_000, ReferenceDraws = 50_000;

    // iTPN with a CLIP teacher.
    private static readonly BlockMask s_itpn = new() { Rows = 14, Columns = 14, Count = 75 };

    [Fact]
    public void Draw_Exact_MasksTheCountAlways()
    {
        var exact = s_itpn with { Exact = true };
        for (var sample = 0UL; sample < 2000; sample++)
        {
            var mask = Draw(exact, sample, out var masked);
            Assert.Equal((75, 75), (masked, mask.Count(m => m)));
        }
    }

    // The numbers are those of the algorithm in Python (random.uniform and randint), 50,000 masks. 5 standard errors of the difference.
    [Fact]
    public void Draw_ManyTimes_HasBeitsCountsAndPlaces()
    {
        var (sum, squares, full, corner, edge, centre) = (0.0, 0.0, 0, 0, 0, 0);
        for (var sample = 0UL; sample < Draws; sample++)
        {
            var mask = Draw(s_itpn, sample, out var masked);
            Assert.Equal(masked, mask.Count(m => m));
            Assert.InRange(masked, 1, 75);
            (sum, squares) = (sum + masked, squares + masked * masked);
            if (masked == 75) full++;
            if (mask[0]) corner++;
            if (mask[7]) edge++;
            if (mask[7 * 14 + 7]) centre++;
        }
        var mean = sum / Draws;
        var error = Math.Sqrt((squares / Draws - mean * mean) * (1.0 / Draws + 1.0 / ReferenceDraws));
        Assert.InRange(mean, 74.479 - 5 * error, 74.479 + 5 * error);
        Share("full", 0.66764, full);
        Share("corner", 0.04164, corner);
        Share("edge", 0.19206, edge);
        Share("centre", 0.71654, centre);
    }

    [Fact]
    public void Draw_FirstBlock_HasTheDrawnAreaAndAspect()
    {
        var accepted = 0;
        for (var sample = 0UL; sample < 2000; sample++)
        {
            var chance = Key(sample);
            var area = chance.NextDouble(16, 75);
            var aspect = Math.Exp(chance.NextDouble(Math.Log(0.3), -Math.Log(0.3)));
            var (height, width) = ((int)Math.Round(Math.Sqrt(area * aspect)), (int)Math.Round(Math.Sqrt(area / aspect)));
            if (height >= 14 || width >= 14 || height * width > 75) continue;
            accepted++;
            var (top, left) = (chance.NextInt(14 - height + 1), chance.NextInt(14 - width + 1));
            var mask = Draw(s_itpn, sample, out _);
            for (var row = top; row < top + height; row++)
                Assert.DoesNotContain(false, mask[(row * 14 + left)..(row * 14 + left + width)]);
            Assert.InRange(height * width, 12, 75); // rounding may take a quarter of the smallest
        }
        Assert.InRange(accepted, 1500, 2000);
    }

    [Fact]
    public void Draw_SameKey_SameMask_WhateverWasThere()
    {
        var mask = new bool[196];
        Array.Fill(mask, true);
        var chance = Key(3);
        s_itpn.Draw(ref chance, mask);
        Assert.Equal(Draw(s_itpn, 3, out _), mask);
        Assert.NotEqual(Draw(s_itpn, 4, out _), mask);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(196)]
    public void Draw_ExtremeCounts_End(int count) =>
        Assert.Equal(count, Draw(s_itpn with { Count = count, Exact = true }, 1, out _).Count(m => m));

    [Fact]
    public void Draw_ImpossibleNumbers_Throws()
    {
        Assert.Throws<ArgumentException>(() => Draw(s_itpn, new bool[195]));
        Assert.Throws<InvalidOperationException>(() => Draw(s_itpn with { Count = 197 }, new bool[196]));
        Assert.Throws<InvalidOperationException>(() => Draw(s_itpn with { MinAspect = 0 }, new bool[196]));
        static void Draw(BlockMask spec, bool[] mask)
        {
            var chance = Key(0);
            spec.Draw(ref chance, mask);
        }
    }

    [Fact]
    public void Draw_Again_AllocatesNothing()
    {
        var mask = new bool[196];
        Assert.Equal(0, Allocations.Least(() =>
        {
            var chance = Key(9);
            s_itpn.Draw(ref chance, mask);
        }));
    }

    private static Philox Key(ulong sample) => new(ChanceDomain.Model, 11, 5, sample);

    private static bool[] Draw(BlockMask spec, ulong sample, out int masked)
    {
        var mask = new bool[spec.Rows * spec.Columns];
        var chance = Key(sample);
        masked = spec.Draw(ref chance, mask);
        return mask;
    }

    private static void Share(string what, double expected, int count)
    {
        var error = Math.Sqrt(expected * (1 - expected) * (1.0 / Draws + 1.0 / ReferenceDraws));
        Assert.True(Math.Abs((double)count / Draws - expected) <= 5 * error, $"{what}: {(double)count / Draws}, not {expected}");
    }
}
