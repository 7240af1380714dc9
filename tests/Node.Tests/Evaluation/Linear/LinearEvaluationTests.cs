using Lockstep.Models.Chance;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Linear;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Linear;

public sealed class LinearEvaluationTests
{
    private static readonly LinearOptions s_options = new() { Epochs = 5, BatchSize = 32, Rates = [0.1, 1, 1e42], Seed = 3 };

    [Fact]
    public void Run_ClassesApart_AreLearnedAndTheSameAgain()
    {
        var (train, test) = (Clusters(100, 1), Clusters(50, 2));
        var epochs = new List<LinearEpoch>();
        var scores = LinearEvaluation.Run(new CachedBatches(train), test, 6, s_options, epochs.Add);
        Assert.Equal([1, 2, 3, 4, 5], epochs.Select(e => e.Epoch));
        Assert.Equal([0.1, 1, 1e42], scores.Select(s => s.Rate));
        Assert.InRange(scores[1].Top1, 0.9, 1);
        Assert.True(scores[1].Top1 <= scores[1].Top5);
        Assert.Equal(epochs.Max(e => e.Top1[1]), scores[1].Top1);
        Assert.True(scores[2].Diverged);
        Assert.InRange(scores[2].LastTop1, 0, 0.5);

        var again = new List<LinearEpoch>();
        Assert.Equal(scores, LinearEvaluation.Run(new CachedBatches(train), test, 6, s_options, again.Add));
        Assert.Equal(epochs.SelectMany(e => e.Loss), again.SelectMany(e => e.Loss));
        var others = LinearEvaluation.Run(new CachedBatches(train), test, 6, s_options with { Seed = 4 }, _ => { });
        Assert.NotEqual(scores[0].Loss, others[0].Loss);
    }

    [Fact]
    public void Run_OneRate_IsWhatItIsBesideOthers()
    {
        var (train, test) = (Clusters(100, 1), Clusters(50, 2));
        var beside = LinearEvaluation.Run(new CachedBatches(train), test, 6, s_options, _ => { })[0];
        var alone = LinearEvaluation.Run(new CachedBatches(train), test, 6, s_options with { Rates = [0.1] }, _ => { })[0];
        Assert.Equal(beside.Top1, alone.Top1, 0.05);
        Assert.Equal(beside.Loss, alone.Loss, 1e-4); // another shape of the product may round otherwise
    }

    [Fact]
    public void Best_IsTheFirstEpochOfTheBestTop1()
    {
        var scores = LinearScore.Of([0.1], [Epoch(1, 0.2, 2), Epoch(2, 0.4, 1), Epoch(3, 0.4, 0.5), Epoch(4, 0.3, 0.4)]);
        Assert.Equal(new LinearScore(0.1, Loss: 0.4, LastTop1: 0.3, BestEpoch: 2, Top1: 0.4, Top5: 0.5), scores.Single());
    }

    private static LinearEpoch Epoch(int epoch, double top1, double loss) => new(epoch, [loss], [top1], [top1 + 0.1]);

    // Six classes of features around six points.
    private static FeatureSet Clusters(int count, ulong seed)
    {
        var chance = new Philox(ChanceDomain.Samples, seed, 0);
        var (values, labels) = (new float[count * 8], new int[count]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 6;
            for (var d = 0; d < 8; d++) values[i * 8 + d] = (float)(0.7 * chance.NextNormal()) + (d == labels[i] ? 3 : 0);
        }
        return new FeatureSet(values, labels);
    }
}
