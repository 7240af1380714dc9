using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>What is to be done about a decision, in the order given.</summary>
public abstract record RunEffect
{
    private RunEffect()
    {
    }

    /// <summary>Tell a node that it belongs to the run.</summary>
    public sealed record SendWelcome(int Session, Welcome Welcome) : RunEffect;

    /// <summary>End a session that does not belong to the run.</summary>
    public sealed record Reject(int Session, string Reason) : RunEffect;

    /// <summary>Take chunks of this generation.</summary>
    public sealed record BeginReduce(Plan Plan) : RunEffect;

    /// <summary>Tell a node its part of a generation.</summary>
    public sealed record SendPlan(int Session, Plan Plan) : RunEffect;

    /// <summary>Take chunks of this step, and none of earlier ones.</summary>
    public sealed record AdvanceReduce(long Step) : RunEffect;

    /// <summary>Tell a node to apply a step.</summary>
    public sealed record SendCommit(int Session, Commit Commit) : RunEffect;

    /// <summary>Tell a node that the run ends.</summary>
    public sealed record SendFinish(int Session, Finish Finish) : RunEffect;

    /// <summary>Tell people that something may be wrong.</summary>
    public sealed record Warn(string Message) : RunEffect;
}
