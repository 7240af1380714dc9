namespace Lockstep.Coordinator.Membership;

/// <summary>Where a run is.</summary>
public enum RunPhase
{
    /// <summary>Not all expected nodes are ready.</summary>
    Waiting,

    /// <summary>A generation takes steps.</summary>
    Running,

    /// <summary>The outcome is known.</summary>
    Ended,
}
