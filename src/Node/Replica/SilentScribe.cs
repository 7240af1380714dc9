namespace Lockstep.Node.Replica;

/// <summary>The scribe of nodes that write nothing.</summary>
public sealed class SilentScribe(string runFolder) : IScribe
{
    public string RunFolder => runFolder;

    public Task AfterStepAsync(StepOutcome step) => Task.CompletedTask;

    public Task FinishAsync() => Task.CompletedTask;
}
