using Lockstep.Models.Chance;
using Lockstep.Node.Data.Order;
using Xunit;

namespace Lockstep.Node.Tests.Data.Order;

public sealed class KeyedPermutationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(97)]
    [InlineData(1000)]
    [InlineData(65_537)]
    public void At_EveryPosition_IsABijection(int count)
    {
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var permutation = new KeyedPermutation(count, 42, epoch);
            var seen = new bool[count];
            for (var i = 0; i < count; i++)
            {
                var element = permutation.At(i);
                Assert.InRange(element, 0, count - 1);
                Assert.False(seen[element]);
                seen[element] = true;
            }
        }
    }

    [Theory]
    [InlineData(1_281_167L)]
    [InlineData(14_197_122L)]
    [InlineData(1L << 40)]
    public void At_SampledPositionsOfLargeSet_AreDifferentAndInside(long count)
    {
        var permutation = new KeyedPermutation(count, 1, 5);
        var seen = new HashSet<long>();
        for (var i = 0L; i < 20_000; i++)
        {
            var element = permutation.At(i * (count / 20_000));
            Assert.InRange(element, 0, count - 1);
            Assert.True(seen.Add(element));
        }
    }

    [Fact]
    public void At_OtherEpochOrSeed_IsAnotherOrder()
    {
        var first = Order(1, 0);
        Assert.NotEqual(first, Order(1, 1));
        Assert.NotEqual(first, Order(2, 0));
        Assert.Equal(first, Order(1, 0));

        static long[] Order(ulong seed, long epoch)
        {
            var permutation = new KeyedPermutation(1000, seed, epoch);
            return [.. Enumerable.Range(0, 1000).Select(i => permutation.At(i))];
        }
    }

    // Over many epochs every element is equally often at a position, and equally often after a given one.
    [Fact]
    public void At_ManyEpochs_IsUniform()
    {
        const int Count = 10, Epochs = 20_000;
        var (first, next) = (new int[Count], new int[Count]);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            var permutation = new KeyedPermutation(Count, 3, epoch);
            var element = permutation.At(0);
            first[element]++;
            next[(permutation.At(1) - element + Count) % Count]++;
        }
        Assert.All(first, n => Assert.InRange(n, Epochs / Count - 225, Epochs / Count + 225)); // 5 standard errors: 212
        Assert.Equal(0, next[0]);
        Assert.All(next[1..], n => Assert.InRange(n, Epochs / (Count - 1) - 225, Epochs / (Count - 1) + 225));
    }

    [Fact]
    public void At_PartsAndDomainsOfAnEpoch_AreOrdersOfTheirOwn()
    {
        long[][] orders = [Order(ChanceDomain.Order, 0), Order(ChanceDomain.Shards, 0), Order(ChanceDomain.ShuffleWindow, 0), Order(ChanceDomain.ShuffleWindow, 1), Order(ChanceDomain.ShuffleWindow, int.MaxValue)];
        Assert.All(orders, order => Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)i), order.Order()));
        for (var i = 0; i < orders.Length; i++)
            for (var j = 0; j < i; j++) Assert.NotEqual(orders[i], orders[j]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyedPermutation((1L << 32) + 1, 1, 0, ChanceDomain.ShuffleWindow, part: 1));
        Assert.InRange(new KeyedPermutation(1L << 32, 1, 0, ChanceDomain.ShuffleWindow, int.MaxValue).At((1L << 32) - 1), 0, (1L << 32) - 1);

        static long[] Order(ChanceDomain domain, int part)
        {
            var permutation = new KeyedPermutation(1000, 1, 0, domain, part);
            return [.. Enumerable.Range(0, 1000).Select(i => permutation.At(i))];
        }
    }

    [Fact]
    public void At_Outside_Throws()
    {
        var permutation = new KeyedPermutation(10, 1, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => permutation.At(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => permutation.At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyedPermutation(0, 1, 0));
    }
}
