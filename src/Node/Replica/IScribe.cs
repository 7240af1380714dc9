namespace Lockstep.Node.Replica;

/// <summary>Who writes down what happened. One node of a generation does, the others keep silent.</summary>
public interface IScribe
{
    string RunFolder { get; }

    /// <summary>Hears of every committed step, in order.</summary>
    Task AfterStepAsync(StepOutcome step);

    /// <summary>Writes the state if the newest checkpoint is older, and waits until it is on disk.</summary>
    Task FinishAsync();
}
