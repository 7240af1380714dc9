using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;
using Lockstep.Node.Metrics;
using Lockstep.Node.Replica;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lockstep.Node.Tests.Checkpoints;

public sealed class RunFolderScribeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-scribe-").FullName;
    private readonly ReplicaState _state = new(new StateLayout([("student", new FlatLayout([("w", [3])]))]));

    [Fact]
    public async Task AfterStep_WritesALineAndNowAndThenACheckpoint()
    {
        using (var scribe = await TakeAsync(generation: 1, checkpointEverySteps: 2))
        {
            await CommitAsync(scribe, 0, 1, 2);
            await scribe.FinishAsync();
        }
        Assert.Equal([1, 2, 3], Lines());
        Assert.Equal([2, 3], Checkpoints());
        var line = MetricsLog.Read(_folder)[0];
        Assert.Equal(1, line.Nodes); // who listens does not count
        Assert.Equal(0.25, line.DataWaitShare);
        Assert.Equal("images 16, bytes 4000, replaced 1, cache_hits 5", string.Join(", ", line.Data.Select(count => $"{count.Key} {count.Value}")));
    }

    [Theory] // 4 steps an epoch, the newest two are kept
    [InlineData(1, 1, new long[] { 4, 8, 10, 11 })]
    [InlineData(1000, 1, new long[] { 4, 8, 11 })]
    [InlineData(1000, 2, new long[] { 8, 11 })]
    [InlineData(1, 0, new long[] { 10, 11 })]
    public async Task AfterStep_EpochsToKeep_LeaveACheckpointForGood(long checkpointEverySteps, int keepEveryEpochs, long[] expected)
    {
        using (var scribe = await TakeAsync(generation: 1, checkpointEverySteps, keepEveryEpochs))
        {
            await CommitAsync(scribe, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            await scribe.FinishAsync();
        }
        Assert.Equal(expected, Checkpoints());
    }

    [Fact]
    public async Task AfterStep_OnceReplaced_WritesNothingMore()
    {
        using var before = await TakeAsync(generation: 1, checkpointEverySteps: 1);
        await CommitAsync(before, 0, 1);
        using var after = await TakeAsync(generation: 2);

        await CommitAsync(before, 2, 3);
        await before.FinishAsync();

        Assert.Equal([1, 2], Lines());
        Assert.DoesNotContain(3, Checkpoints());
        Assert.DoesNotContain(4, Checkpoints());
    }

    // Two slow nodes: the next scribe had taken the folder, and was given up before it wrote; this one is the scribe again.
    [Fact]
    public async Task Use_OfAScribeThatWasReplacedInBetween_IsRefused_AndANewOneWritesEveryLine()
    {
        using var before = await TakeAsync(generation: 1);
        var recent = new RecentSteps();
        foreach (var step in new[] { 0, 1 }) recent.Add(Outcome(step));
        await CommitAsync(before, 0, 1);
        using var between = await TakeAsync(generation: 2);

        Assert.False(before.Use(new() { Generation = 3 }));
        using var again = await TakeAsync(generation: 3);
        await again.CatchUpAsync(recent);
        await CommitAsync(again, 2);

        Assert.Equal([1, 2, 3], Lines());
        Assert.True(again.Use(new() { Generation = 4 }));
    }

    [Fact]
    public async Task CatchUp_ScribeBeforeDiedBetweenCommitAndLine_WritesWhatIsMissing()
    {
        using (var before = await TakeAsync(generation: 1)) await CommitAsync(before, 0, 1);
        var recent = new RecentSteps();
        for (var step = 1; step < 5; step++) recent.Add(Outcome(step));
        _state.Step = 5;

        using var after = await TakeAsync(generation: 2);
        await after.CatchUpAsync(recent);
        await CommitAsync(after, 5);

        Assert.Equal([1, 2, 3, 4, 5, 6], Lines());
    }

    [Fact]
    public async Task CatchUp_MetricsThatNobodyKnows_LeaveAGapAndTheRunGoesOn()
    {
        _state.Step = 5;

        using var after = await TakeAsync(generation: 2);
        await after.CatchUpAsync(new RecentSteps());
        await CommitAsync(after, 5);

        Assert.Equal([6], Lines());
    }

    [Fact]
    public async Task TwoScribesAtOnce_NoStepIsReadTwice()
    {
        using var before = await TakeAsync(generation: 1);
        await CommitAsync(before, 0, 1);
        using var after = await TakeAsync(generation: 2);
        await CommitAsync(after, 2);

        // The one before wakes in the middle of a write that it had begun.
        using (var file = File.AppendText(Path.Combine(_folder, MetricsLog.FileName))) file.Write(File.ReadAllLines(Path.Combine(_folder, MetricsLog.FileName))[^1] + "\n");
        await CommitAsync(after, 3);

        Assert.Equal([1, 2, 3, 4], Lines());
    }

    [Fact]
    public async Task FinishAsync_OfAScribeWhosePredecessorDiedInItsLastCheckpoint_WritesThatCheckpoint()
    {
        using (var before = await TakeAsync(1)) await CommitAsync(before, 0, 1, 2);

        using var after = await TakeAsync(2);
        await after.CatchUpAsync(new());
        await after.FinishAsync();

        Assert.Equal([1L, 2, 3], Lines());
        Assert.Equal([3L], Checkpoints());
    }

    public void Dispose()
    {
        _state.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static StepOutcome Outcome(long step) => new(
        step, new StepReport(1.5, true, new Dictionary<string, double>()), new string('a', 64),
        new Plan { Generation = 1, TotalSteps = 100, Members = { new Member(), new Member { NodeIndex = 1, Listens = true } } },
        new Dictionary<StepPhase, double> { [StepPhase.Load] = 1, [StepPhase.Compute] = 2.5, [StepPhase.Reduce] = 0.5 }, 0, 0, new DataCounts(16, 4000, 1, 5));

    private async Task<RunFolderScribe> TakeAsync(long generation, long checkpointEverySteps = 1000, int keepEveryEpochs = 0)
    {
        var recipe = Recipes.In(_folder, checkpointEverySteps: checkpointEverySteps, keepEveryEpochs: keepEveryEpochs);
        var folder = (await RunFolder.TakeAsync(recipe, "run", generation, "cpu", Assert.Fail).WaitAsync(TimeSpan.FromSeconds(30)))!;
        return new(recipe, Recipes.Shape, _state, folder, "dataset", TimeProvider.System, new NodeTelemetry(100, TimeProvider.System), NullLogger.Instance);
    }

    private async Task CommitAsync(RunFolderScribe scribe, params long[] steps)
    {
        foreach (var step in steps)
        {
            _state.Step = step + 1;
            await scribe.AfterStepAsync(Outcome(step));
        }
    }

    private long[] Lines() => [.. MetricsLog.Read(_folder).Select(line => line.Step)];

    private long[] Checkpoints() => Directory.Exists(Path.Combine(_folder, "checkpoints"))
        ? [.. Directory.EnumerateDirectories(Path.Combine(_folder, "checkpoints"), "step-*").Select(name => long.Parse(name[^8..], System.Globalization.CultureInfo.InvariantCulture)).Order()]
        : [];
}
