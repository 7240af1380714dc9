using Lockstep.Models.Chance;
using Lockstep.Node.Evaluation;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation;

public sealed class NearestNeighboursTests
{
    [Fact]
    public void Visit_BankAndQueriesOfSeveralBlocks_FindsWhatASortFinds()
    {
        var (bank, queries) = (Random(20_000, 3, 1), Random(700, 3, 2)); // blocks are of 8192 and 512
        var visited = 0;
        NearestNeighbours.Visit(bank, queries, 4, (q, nearest) =>
        {
            Assert.Equal(visited++, q);
            if (q % 50 != 0) return;
            var similarities = Enumerable.Range(0, bank.Count).Select(i => Dot(bank.Feature(i), queries.Feature(q))).ToArray();
            Assert.Equal(similarities.OrderDescending().Take(4), nearest.Similarities.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
            foreach (var (index, similarity) in nearest.Indices.ToArray().Zip(nearest.Similarities.ToArray())) Assert.Equal(similarities[index], similarity, 1e-6f);
        });
        Assert.Equal(700, visited);
    }

    [Fact]
    public void Offer_EqualOnes_KeepTheirOrder()
    {
        var list = new NearestList(3);
        list.Offer([0.5f, 0.9f, 0.5f], first: 0);
        list.Offer([0.5f, 0.9f, 0.7f], first: 3);
        Assert.Equal([1, 4, 5], list.Indices.ToArray());
        var tied = new NearestList(2);
        tied.Offer([0.5f, 0.5f, 0.5f], first: 0);
        Assert.Equal([0, 1], tied.Indices.ToArray());
    }

    private static FeatureSet Random(int count, int dimension, ulong seed)
    {
        var chance = new Philox(ChanceDomain.Samples, seed, 0);
        var values = new float[count * dimension];
        foreach (ref var value in values.AsSpan()) value = (float)chance.NextNormal();
        return new FeatureSet(values, new int[count]).Normalize();
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
