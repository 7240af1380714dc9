using System.Collections.Immutable;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class StragglersTests
{
    private static readonly string[] Nodes = ["node-0", "node-1", "node-2", "node-3"];

    [Fact]
    public void Decide_OneNodeTwiceAsSlow_GetsLessAfterFiveCommitsInARow()
    {
        var run = new Run(16, 4);
        run.Commit(1, 1, 1, 2.1).Commit(1, 1, 1, 2.1).Commit(1, 1, 1, 2.1); // the first is left out, then two
        for (var i = 0; i < 4; i++) Assert.Null(run.Commit(1, 1, 1, 2.1).Change);

        var change = run.Commit(1, 1, 1, 2.1).Change!;

        Assert.Equal("node-3", change.Node);
        Assert.Equal("node-3 computes a microbatch 2.1 times slower than the median node and now gets 2 instead of 4", change.Reason);
        Assert.Equal(2, change.Ranges[3].Count);
        Assert.Equal(16, change.Ranges.Sum(range => range.Count));
        Assert.Equal(2.1, run.Stragglers.Slowness("node-3")!.Value, 6);
        Assert.Equal(1, run.Stragglers.Slowness("node-0")!.Value, 6);
    }

    [Fact]
    public void Decide_SlowNodeRecovers_GetsItsShareBack()
    {
        var run = new Run(16, 4);
        while (run.Change is null) run.Commit(1, 1, 1, 2.1);
        var slowed = run.Now;
        run.Commit(1, 1, 1, 1);

        while (run.Change is null) run.Commit(1, 1, 1, 1);

        Assert.Equal("node-3 computes a microbatch as fast as the median node and now gets 4 instead of 2", run.Change.Reason);
        Assert.Equal(Assignment.Ranges(16, 4), run.Change.Ranges);
        Assert.InRange(run.Now - slowed, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Decide_SecondChange_WaitsTenSeconds()
    {
        var run = new Run(64, 2) { StepSeconds = 0.5 };
        while (run.Change is null) run.Commit(1, 4);
        var first = run.Now;
        run.Commit(4, 1);

        while (run.Change is null) run.Commit(4, 1);

        Assert.Equal(TimeSpan.FromSeconds(10), run.Now - first);
    }

    [Fact]
    public void Decide_NoiseOfAnyKind_ChangesNothing()
    {
        var random = new Random(5);
        var run = new Run(16, 4);
        for (var i = 0; i < 2000; i++) Assert.Null(run.Commit([.. Nodes.Select(_ => 0.9 + 0.2 * random.NextDouble())]).Change);
    }

    [Fact]
    public void Decide_OneSlowStepNowAndThen_ChangesNothing()
    {
        var run = new Run(16, 4);
        for (var i = 0; i < 200; i++) Assert.Null(run.Commit(1, 1, 1, i % 20 == 10 ? 3 : 1).Change);
    }

    [Fact]
    public void Decide_PausesLongerThanAStep_TwoOfFiveSteps_ChangeNothing()
    {
        var run = new Run(16, 4);
        for (var i = 0; i < 200; i++) Assert.Null(run.Commit(1, 1, 1, i % 5 < 2 ? 20 : 1).Change);
        Assert.Equal(1, run.Stragglers.Slowness("node-3"));
    }

    [Fact]
    public void Decide_WithoutThreeMeasurementsOfEachNode_IsPutOff()
    {
        var run = new Run(16, 4);
        for (var i = 0; i < 20; i++) Assert.Null(run.Commit(1, 1, 2.5, double.NaN).Change);
        for (var i = 0; i < 7; i++) Assert.Null(run.Commit(1, 1, 2.5, 1).Change);

        Assert.Equal("node-2", run.Commit(1, 1, 2.5, 1).Change!.Node);
    }

    [Fact]
    public void Measured_FirstStepAfterJoining_IsLeftOut()
    {
        var stragglers = new Stragglers();
        foreach (var node in Nodes)
        {
            foreach (var seconds in new[] { 100.0, 4, 4, 4 })
            {
                Assert.Null(stragglers.Slowness(node));
                stragglers = stragglers.Measured(node, seconds, 4);
            }
        }

        Assert.Equal([1, 1, 1, 1], stragglers.SecondsPerMicrobatch(Nodes));
        Assert.Null(stragglers.SecondsPerMicrobatch([.. Nodes, "node-4"]));
    }

    [Fact]
    public void Keep_NodeThatLeft_IsMeasuredAnewWhenItComesBack()
    {
        var run = new Run(16, 4);
        for (var i = 0; i < 6; i++) run.Commit(1, 1, 1, 1);

        var stragglers = run.Stragglers.Keep(Nodes[..3]).Keep(Nodes);

        Assert.Null(stragglers.Slowness("node-3"));
        Assert.Equal(1, stragglers.Slowness("node-0"));
    }

    [Fact]
    public void Decide_OfTwoNodes_ComparesWithTheFaster()
    {
        var run = new Run(8, 2);
        while (run.Change is null) run.Commit(1, 3);

        Assert.Equal("node-1 computes a microbatch 3.0 times slower than the median node and now gets 2 instead of 4", run.Change.Reason);
    }

    /// <summary>Commits of nodes with given seconds a microbatch; takes every change.</summary>
    private sealed class Run(int microbatches, int nodes)
    {
        private ImmutableArray<MicrobatchBlock> _ranges = Assignment.Ranges(microbatches, nodes);

        public Stragglers Stragglers { get; private set; } = new();

        public Rebalance? Change { get; private set; }

        public TimeSpan Now { get; private set; }

        public double StepSeconds { get; init; } = 1;

        public Run Commit(params double[] secondsPerMicrobatch)
        {
            Now += TimeSpan.FromSeconds(StepSeconds);
            for (var i = 0; i < nodes; i++) Stragglers = Stragglers.Measured(Nodes[i], secondsPerMicrobatch[i] * _ranges[i].Count, _ranges[i].Count);
            (Stragglers, Change) = Stragglers.Decide(microbatches, Nodes[..nodes], _ranges, Now);
            if (Change is not null) _ranges = Change.Ranges;
            return this;
        }
    }
}
