using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>Something that happened to the run.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>Something that a node's session brought.</summary>
    public abstract record FromNode(int Session) : RunEvent;

    /// <summary>A session began.</summary>
    public sealed record NodeGreeted(int Session, Hello Hello) : FromNode(Session);

    /// <summary>The node can be given work.</summary>
    public sealed record NodeReady(int Session) : FromNode(Session);

    /// <summary>The node holds a step's sum.</summary>
    public sealed record NodePrepared(int Session, Prepared Prepared) : FromNode(Session);

    /// <summary>The node lives, and does this.</summary>
    public sealed record NodeHeard(int Session, Heartbeat Heartbeat) : FromNode(Session);

    /// <summary>A stream of the node's exchange broke.</summary>
    public sealed record NodeReduceFailed(int Session, ReduceFailed Failure) : FromNode(Session);

    /// <summary>The node says that it cannot go on.</summary>
    public sealed record NodeFailed(int Session, string Reason) : FromNode(Session);

    /// <summary>The node wants to leave at the next step boundary.</summary>
    public sealed record NodeLeave(int Session, string Reason) : FromNode(Session);

    /// <summary>The node has written the run's end.</summary>
    public sealed record NodeSaved(int Session) : FromNode(Session);

    /// <summary>The session's stream ended.</summary>
    public sealed record NodeLost(int Session, string Detail) : FromNode(Session);

    /// <summary>Somebody asks the coordinator to stop: after the step in progress, or at once.</summary>
    public sealed record StopRequested(string Reason, bool AtOnce = false) : RunEvent;

    /// <summary>Time has passed.</summary>
    public sealed record Tick : RunEvent;
}
