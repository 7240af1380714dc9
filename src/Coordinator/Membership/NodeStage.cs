namespace Lockstep.Coordinator.Membership;

/// <summary>Where a node is, as the coordinator sees it. The names, in lower case, are those of RunStatus.</summary>
public enum NodeStage
{
    /// <summary>Welcome, but not ready.</summary>
    Greeting,

    /// <summary>Holds its state and waits for a plan.</summary>
    Ready,

    /// <summary>Works on the next step.</summary>
    Computing,

    /// <summary>Holds the sum of the next step.</summary>
    Prepared,

    /// <summary>Has closed its session after the run's end.</summary>
    Left,

    /// <summary>Broke off, fell silent or failed.</summary>
    Lost,
}
