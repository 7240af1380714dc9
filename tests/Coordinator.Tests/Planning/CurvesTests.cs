using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>A coordinator that was started again hears of the steps before from the node that writes the run folder.</summary>
public sealed class CurvesTests
{
    [Fact]
    public void Heard_CurvesBeforeThisStart_AreKept_AndEvaluationsAreMerged()
    {
        var story = Story.Running();
        story.Happens(new RunEvent.NodeHeard(1, new() { Knn = Knn(30) }));
        story.Happens(new RunEvent.NodeHeard(1, new() { Curves = new() { Steps = { 1, 2 }, Loss = { 0.5, 0.25 }, ImagesPerSecond = { 7, 8 }, Knn = { Knn(10), Knn(20) } } }));
        story.Happens(new RunEvent.NodeHeard(1, new() { Phase = "compute" })); // one without changes nothing

        Assert.Equal([new(1, 0.5, 7), new(2, 0.25, 8)], story.State.Told);
        Assert.Equal([10, 20, 30], story.State.Knn.Select(knn => knn.Step));
    }

    [Fact]
    public void Heard_CurvesOfAnySize_AreKeptWithinBounds()
    {
        var curves = new RunCurves { Steps = { Enumerable.Range(0, 5000).Select(step => (long)step) }, Loss = { Enumerable.Repeat(1.0, 4000) }, ImagesPerSecond = { Enumerable.Repeat(1.0, 6000) }, Knn = { Enumerable.Range(0, 5000).Select(step => Knn(step)) } };

        var story = Story.Running().Happens(new RunEvent.NodeHeard(1, new() { Curves = curves }));

        Assert.Equal((513, 3999), (story.State.Told.Length, story.State.Told[^1].Step));
        Assert.Equal((512, 4999), (story.State.Knn.Length, story.State.Knn[^1].Step));
    }

    private static KnnResult Knn(long step) => new() { Step = step, Accuracy = 0.5, Neighbours = 20 };
}
