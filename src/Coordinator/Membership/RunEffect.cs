using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>What is to be done about a decision, in the order given.</summary>
public abstract record RunEffect
{
    private RunEffect()
    {
    }

    /// <summary>Write to the journal; what follows waits for it.</summary>
    /// <param name="Entry">What to write.</param>
    /// <param name="Durable">Must be on disk, not only handed to the system.</param>
    public sealed record Record(JournalRecord Entry, bool Durable) : RunEffect;

    /// <summary>Tell a node that it belongs to the run.</summary>
    public sealed record SendWelcome(int Session, Welcome Welcome) : RunEffect;

    /// <summary>End a session that does not belong to the run.</summary>
    /// <param name="Session">Whose.</param>
    /// <param name="Reason">Why, and what to do.</param>
    /// <param name="Retry">The node may well be welcome later, and should try again.</param>
    /// <param name="Refusal">One of <see cref="Protos.Security.RefusalKinds"/> when the node does not belong here at all; null: at this time.</param>
    public sealed record Reject(int Session, string Reason, bool Retry, string? Refusal = null) : RunEffect;

    /// <summary>Take chunks of this generation, and of no other.</summary>
    public sealed record BeginReduce(Plan Plan) : RunEffect;

    /// <summary>Take no more chunks.</summary>
    public sealed record EndReduce : RunEffect;

    /// <summary>Tell a node its part of a generation.</summary>
    public sealed record SendPlan(int Session, Plan Plan) : RunEffect;

    /// <summary>Tell a node to apply a step.</summary>
    public sealed record SendCommit(int Session, Commit Commit) : RunEffect;

    /// <summary>Tell a node that the run, or its part in it, ends; it closes its session then.</summary>
    public sealed record SendFinish(int Session, Finish Finish) : RunEffect;

    /// <summary>Tell people that something went wrong or may be wrong.</summary>
    public sealed record Warn(string Message) : RunEffect;
}
