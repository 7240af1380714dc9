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
        var (bank, queries) = Load();
        var (indices, similarities) = (_golden[$"out.k{k}.indices"], _golden[$"out.k{k}.sims"]);
        NearestNeighbours.Visit(bank, queries, k, (q, nearest) =>
        {
            Assert.Equal(indices.AsSpan(q * k, k).ToArray().Select(i => (int)i), nearest.Indices.ToArray());
            for (var i = 0; i < k; i++) Assert.Equal(similarities[q * k + i], nearest.Similarities[i], 2e-6f); // float32 dot products of 16, summed in another order
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Votes_AreTheReferences(int k)
    {
        var (bank, queries) = Load();
        var votes = _golden[$"out.k{k}.votes"];
        var classifier = new KnnClassifier(bank, 10, Temperature);
        NearestNeighbours.Visit(bank, queries, 20, (q, nearest) =>
        {
            var found = classifier.Votes(nearest, k);
            for (var c = 0; c < 10; c++)
            {
                // exp(s / 0.07) turns 2e-6 in s into 3e-5 of the vote; the reference's own float32 exp adds as much
                Assert.Equal(votes[q * 10 + c], found[c], 1e-4 * Math.Max(1, votes[q * 10 + c]));
            }
        });
    }

    [Fact]
    public void Accuracy_OfSeveralKInOnePass_IsTheReferences()
    {
        var (bank, queries) = Load();
        var scores = new KnnClassifier(bank, 10, Temperature).Evaluate(queries, [5, 1, 20]);
        Assert.Equal([5, 1, 20], scores.Select(s => s.Neighbours));
        foreach (var score in scores)
        {
            var golden = _golden[$"out.k{score.Neighbours}.top1_top5_percent"];
            Assert.Equal(golden[0], 100 * score.Top1, 1e-4);
            Assert.Equal(golden[1], 100 * score.Top5, 1e-4);
        }
    }

    [Fact]
    public void MoreNeighboursThanTheBankHas_AllVote()
    {
        var bank = new FeatureSet([1, 0, 0, 1, 1, 1], [0, 1, 1]).Normalize();
        var classifier = new KnnClassifier(bank, 2, temperature: 1);
        NearestNeighbours.Visit(bank, new FeatureSet([0, 1], [0]), 20, (_, nearest) =>
        {
            var votes = classifier.Votes(nearest, 20);
            Assert.Equal(Math.Exp(0), votes[0], 1e-6);
            Assert.Equal(Math.Exp(1) + Math.Exp(Math.Sqrt(0.5)), votes[1], 1e-5);
        });
        Assert.Equal([2, 3], classifier.Evaluate(bank, [2, 20, 100]).Select(s => s.Neighbours)); // 20 and 100 are one
    }

    private (FeatureSet Bank, FeatureSet Queries) Load() =>
        (new FeatureSet([.. _golden["in.bank"]], Labels("in.bank_labels")).Normalize(), new FeatureSet([.. _golden["in.query"]], Labels("in.query_labels")).Normalize());

    private int[] Labels(string name) => [.. _golden[name].Select(l => (int)l)];
}
