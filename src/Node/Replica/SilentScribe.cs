using Lockstep.Node.Replica.NotFinite;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>The scribe of nodes that write nothing.</summary>
public sealed class SilentScribe(string runFolder) : IScribe
{
    public string RunFolder => runFolder;

    public bool Writes => false;

    public long Progress => 0;

    public KnnResult? Knn => null;

    public RunCurves? Curves() => null;

    public bool Use(Plan plan) => true;

    public Task CatchUpAsync(RecentSteps recent) => Task.CompletedTask;

    public Task AfterStepAsync(StepOutcome step) => Task.CompletedTask;

    public Task WriteAsync(NotFiniteReport report) => Task.CompletedTask;

    public Task HandOverAsync(long? doubtfulFrom) => Task.CompletedTask;

    public Task FinishAsync() => Task.CompletedTask;
}
