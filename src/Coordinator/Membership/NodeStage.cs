namespace Lockstep.Coordinator.Membership;

/// <summary>Where a node is, as the coordinator sees it. The names, in lower case, are those of RunStatus.</summary>
public enum NodeStage
{
    /// <summary>Welcome, but not ready.</summary>
    Greeting,

    /// <summary>Ready, and in no generation: waits for a plan.</summary>
    Standby,

    /// <summary>In the generation without work: receives sums and catches up.</summary>
    Listening,

    /// <summary>A member at work on the open step.</summary>
    Computing,

    /// <summary>A member that holds the sum of the open step.</summary>
    Prepared,

    /// <summary>Has closed its session after its end.</summary>
    Left,

    /// <summary>Broke off, fell silent or failed.</summary>
    Lost,
}
