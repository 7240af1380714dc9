namespace Lockstep.Coordinator.Membership;

/// <summary>Where a run is.</summary>
public enum RunPhase
{
    /// <summary>No generation: not enough nodes are ready.</summary>
    Waiting,

    /// <summary>A generation takes steps.</summary>
    Running,

    /// <summary>The outcome is known.</summary>
    Ended,
}
