namespace Lockstep.Models;

/// <summary>What becomes of a step whose sum is known. It follows from the state and the sum, so it is the same on every node.</summary>
public enum StepVerdict
{
    /// <summary>The sum is finite: the step is applied.</summary>
    Apply,

    /// <summary>It is not, and the recipe lets the step be left out: it counts, but changes no weight.</summary>
    Skip,

    /// <summary>It is not: the step must not be committed, and the run ends before it.</summary>
    Stop,
}
