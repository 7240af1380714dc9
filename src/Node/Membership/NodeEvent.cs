using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>Something that happened to a node.</summary>
public abstract record NodeEvent
{
    private NodeEvent()
    {
    }

    /// <summary>The coordinator has let the node in.</summary>
    public sealed record Welcomed(Welcome Welcome) : NodeEvent;

    /// <summary>The coordinator cannot be reached, or does not let the node in now.</summary>
    /// <param name="Reason">What was seen, or why the coordinator refused.</param>
    /// <param name="Retry">False when trying again would be refused again.</param>
    public sealed record Refused(string Reason, bool Retry) : NodeEvent;

    /// <summary>The session broke.</summary>
    public sealed record SessionLost(string Detail) : NodeEvent;

    /// <summary>A generation begins.</summary>
    public sealed record Planned(Plan Plan) : NodeEvent;

    /// <summary>A step is committed.</summary>
    public sealed record Committed(Commit Commit) : NodeEvent;

    /// <summary>The run, or the node's part in it, ends.</summary>
    public sealed record Finished(Finish Finish) : NodeEvent;

    /// <summary>The coordinator lives.</summary>
    public sealed record Pulsed : NodeEvent;

    /// <summary>The microbatches of the last Compute are in the partial sums.</summary>
    public sealed record Computed(long Step) : NodeEvent;

    /// <summary>A step's whole sum is here.</summary>
    /// <param name="Prepared">What to tell the coordinator of it.</param>
    public sealed record SumReady(Prepared Prepared) : NodeEvent;

    /// <summary>A step's whole sum is here, and is not to be applied: it is not finite.</summary>
    public sealed record SumRefused(long Generation, long Step) : NodeEvent;

    /// <summary>A generation's exchange broke.</summary>
    public sealed record ExchangeBroke(ReduceFailed Failure) : NodeEvent;

    /// <summary>A step is applied; the state has this digest now (empty where digests are not compared).</summary>
    public sealed record Applied(long Step, string Digest) : NodeEvent;

    /// <summary>A state was fetched from a peer.</summary>
    public sealed record Fetched(long Step, string Digest) : NodeEvent;

    /// <summary>No peer could serve a state.</summary>
    public sealed record FetchFailed(string Reason) : NodeEvent;

    /// <summary>The run's end is on disk.</summary>
    public sealed record Written : NodeEvent;

    /// <summary>Somebody asks the node to stop.</summary>
    public sealed record LeaveRequested(string Reason) : NodeEvent;

    /// <summary>The node cannot go on: its data, its disk or its numbers are bad.</summary>
    public sealed record Broke(Exception Cause) : NodeEvent;

    /// <summary>Time has passed.</summary>
    public sealed record Tick : NodeEvent;
}
