using Lockstep.Node.Evaluation;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation;

/// <summary>The k-NN vote against eval_knn.py of facebookresearch/dino: 200 features vote on 100 queries, T = 0.07.</summary>
public sealed class KnnParityTests
{
    private const double Temperature = 0.07;
    private readonly Fixtures _golden = Fixtures.Load("knn");

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Nearest_AreTheReferences(int k)
    {
        var (classifier, queries) = Load(k);
        var (indices, similarities) = (_golden[$"out.k{k}.indices"], _golden[$"out.k{k}.sims"]);
        for (var q = 0; q < queries.Count; q++)
        {
            var (found, near) = classifier.Nearest(queries.Feature(q));
            Assert.Equal(indices.AsSpan(q * k, k).ToArray().Select(i => (int)i), found);
            for (var i = 0; i < k; i++) Assert.Equal(similarities[q * k + i], near[i], 2e-6f); // float32 dot products of 16, summed in another order
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Votes_AndAccuracy_AreTheReferences(int k)
    {
        var (classifier, queries) = Load(k);
        var votes = _golden[$"out.k{k}.votes"];
        for (var q = 0; q < queries.Count; q++)
        {
            var found = classifier.Votes(queries.Feature(q));
            for (var c = 0; c < 10; c++)
            {
                // exp(s / 0.07) turns 2e-6 in s into 3e-5 of the vote; the reference's own float32 exp adds as much
                Assert.Equal(votes[q * 10 + c], found[c], 1e-4 * Math.Max(1, votes[q * 10 + c]));
            }
        }
        var (top1, top5) = classifier.Evaluate(queries);
        Assert.Equal(_golden[$"out.k{k}.top1_top5_percent"][0], 100 * top1, 1e-4);
        Assert.Equal(_golden[$"out.k{k}.top1_top5_percent"][1], 100 * top5, 1e-4);
    }

    [Fact]
    public void MoreNeighboursThanTheBankHas_AllVote()
    {
        var bank = new FeatureSet([1, 0, 0, 1, 1, 1], [0, 1, 1]);
        var votes = new KnnClassifier(bank, 2, neighbours: 20, temperature: 1).Votes([0, 1]);
        Assert.Equal(Math.Exp(0), votes[0], 1e-6);
        Assert.Equal(Math.Exp(1) + Math.Exp(Math.Sqrt(0.5)), votes[1], 1e-5);
    }

    private (KnnClassifier Classifier, FeatureSet Queries) Load(int k)
    {
        var bank = new FeatureSet([.. _golden["in.bank"]], Labels("in.bank_labels"));
        return (new KnnClassifier(bank, 10, k, Temperature), new FeatureSet([.. _golden["in.query"]], Labels("in.query_labels")));
    }

    private int[] Labels(string name) => [.. _golden[name].Select(l => (int)l)];
}
