namespace Lockstep.Node.Replica;

/// <summary>The last committed steps as this node saw them: a scribe that takes over writes what the one before could not.</summary>
public sealed class RecentSteps
{
    private const int Kept = 256;
    private readonly Queue<StepOutcome> _steps = new();

    public void Add(StepOutcome step)
    {
        if (_steps.Count == Kept) _steps.Dequeue();
        _steps.Enqueue(step);
    }

    /// <summary>The steps from a number on, in order.</summary>
    public IEnumerable<StepOutcome> From(long step) => _steps.Where(outcome => outcome.Step >= step);
}
