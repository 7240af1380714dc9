using Lockstep.Node.Evaluation.Online;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Online;

public sealed class KnnSplitTests
{
    [Fact]
    public void Of_NoTestImages_HoldsOutAPartThatDoesNotVote()
    {
        var split = KnnSplit.Of(bank: 1000, test: null, heldOut: 0.1, most: 0, seed: 3);
        Assert.Equal((900, 100), (split.Bank.Length, split.Queries.Length));
        Assert.Equal(Enumerable.Range(0, 1000), split.Bank.Concat(split.Queries).Order());
        Assert.Equal(split.Bank.Order(), split.Bank);
        Assert.InRange(split.Queries.Average(), 400, 600); // from everywhere
        Assert.Equal(split.Queries, KnnSplit.Of(1000, null, 0.1, 0, 3).Queries);
        Assert.NotEqual(split.Queries, KnnSplit.Of(1000, null, 0.1, 0, 4).Queries);
    }

    [Fact]
    public void Of_TestImages_AllVoteAndAllAreClassified()
    {
        var split = KnnSplit.Of(bank: 50, test: 20, heldOut: 0.1, most: 0, seed: 3);
        Assert.Equal(Enumerable.Range(0, 50), split.Bank);
        Assert.Equal(Enumerable.Range(0, 20), split.Queries);
    }

    [Fact]
    public void Of_MostImages_TakesSoManyOfEach()
    {
        var split = KnnSplit.Of(bank: 1000, test: 200, heldOut: 0.1, most: 30, seed: 3);
        Assert.Equal((30, 30), (split.Bank.Length, split.Queries.Length));
        Assert.NotEqual(split.Bank, split.Queries);
        var held = KnnSplit.Of(bank: 1000, test: null, heldOut: 0.1, most: 30, seed: 3);
        Assert.Empty(held.Bank.Intersect(held.Queries));
    }

    [Theory]
    [InlineData(2, 0.001)]
    [InlineData(2, 0.5)]
    [InlineData(3, 0.5)]
    public void Of_FewImages_LeavesSomeOnEitherSide(int bank, double heldOut)
    {
        var split = KnnSplit.Of(bank, null, heldOut, 0, 1);
        Assert.InRange(split.Queries.Length, 1, bank - 1);
        Assert.Equal(bank - split.Queries.Length, split.Bank.Length);
    }
}
