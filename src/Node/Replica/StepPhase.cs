namespace Lockstep.Node.Replica;

/// <summary>The seven parts of a step (docs/architecture.md, "One step, end to end").</summary>
public enum StepPhase
{
    Plan = 1,
    Load = 2,
    Compute = 3,
    Reduce = 4,
    Prepare = 5,
    Commit = 6,
    After = 7,
}
