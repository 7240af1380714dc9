using Lockstep.Models.Chance;
using Lockstep.Models.Masks;

namespace Lockstep.Models.Tests.Masks;

public sealed class RandomMaskTests
{
    private const int Units = 196, Draws = 20_000;

    [Theory]
    [InlineData(196, 0.25, 49)]
    [InlineData(10, 0.25, 2)] // cut off, as int() does
    [InlineData(5, 1, 5)]
    [InlineData(5, 0, 0)]
    public void Kept_OfAShare_IsCutOff(int units, double share, int kept) => Assert.Equal(kept, RandomMask.Kept(units, share));

    [Fact]
    public void Draw_ManyTimes_EveryUnitIsKeptAndFirstEquallyOften()
    {
        var order = new int[Units];
        var (kept, first) = (new int[Units], new int[Units]);
        for (var i = 0UL; i < Draws; i++)
        {
            var chance = new Philox(ChanceDomain.Model, 3, 17, i);
            RandomMask.Draw(ref chance, order);
            Assert.Equal(Units, order.Distinct().Count());
            foreach (var unit in order.AsSpan(0, 49)) kept[unit]++;
            first[order[0]]++;
        }
        Uniform(kept, 0.25);
        Uniform(first, 1.0 / Units);
    }

    [Fact]
    public void Draw_SameKey_SameOrder_AndOtherKeyAnother()
    {
        int[] Order(ulong sample)
        {
            var chance = new Philox(ChanceDomain.Model, 3, 17, sample);
            var order = new int[Units];
            RandomMask.Draw(ref chance, order);
            return order;
        }
        Assert.Equal(Order(4), Order(4));
        Assert.NotEqual(Order(4), Order(5));
    }

    [Fact]
    public void Invert_OfAnOrder_FindsEveryUnit()
    {
        var chance = new Philox(ChanceDomain.Model, 3, 17);
        var (order, places) = (new int[Units], new int[Units]);
        RandomMask.Draw(ref chance, order);
        RandomMask.Invert(order, places);
        for (var unit = 0; unit < Units; unit++) Assert.Equal(unit, order[places[unit]]);
    }

    [Fact]
    public void Draw_Again_AllocatesNothing()
    {
        var (order, places) = (new int[Units], new int[Units]);
        Assert.Equal(0, Allocations.Least(() =>
        {
            var chance = new Philox(ChanceDomain.Model, 3, 17);
            RandomMask.Draw(ref chance, order);
            RandomMask.Invert(order, places);
        }));
    }

    // Chi-square of counts that each are binomial and together fixed: mean and variance of the distribution, 5 of its deviations.
    private static void Uniform(int[] counts, double probability)
    {
        var expected = Draws * probability;
        var statistic = counts.Sum(c => (c - expected) * (c - expected) / (expected * (1 - probability))) * (1 - 1.0 / counts.Length);
        var freedom = counts.Length - 1;
        Assert.InRange(statistic, freedom - 5 * Math.Sqrt(2 * freedom), freedom + 5 * Math.Sqrt(2 * freedom));
    }
}
