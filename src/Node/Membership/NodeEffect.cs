using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>What a node is to do next, in the order given. Effects that take time answer with an event.</summary>
public abstract record NodeEffect
{
    private NodeEffect()
    {
    }

    /// <summary>Open a session with the coordinator. Answers Welcomed or Refused.</summary>
    public sealed record Dial(Hello Hello) : NodeEffect;

    /// <summary>Close the session; nothing of it is heard any more.</summary>
    public sealed record HangUp : NodeEffect;

    /// <summary>Tell the coordinator.</summary>
    public sealed record Send(NodeMessage Message) : NodeEffect;

    /// <summary>A generation begins: end the exchange of the one before and open its own. May answer ExchangeBroke.</summary>
    public sealed record Adopt(Plan Plan, int NodeIndex) : NodeEffect;

    /// <summary>End the exchange; its sums are no longer wanted.</summary>
    public sealed record CloseExchange : NodeEffect;

    /// <summary>Forget the partial sums; those of this step begin.</summary>
    public sealed record BeginStep(long Step, MicrobatchSet Work) : NodeEffect;

    /// <summary>The same step, other work: keep what fits (see StepPartials.Retarget).</summary>
    public sealed record Retarget(long Step, MicrobatchSet Work) : NodeEffect;

    /// <summary>Compute these microbatches. Answers Computed, or Broke.</summary>
    public sealed record Compute(long Step, MicrobatchSet Microbatches) : NodeEffect;

    /// <summary>Exchange the step's partial sums as they become final. Answers SumReady, or ExchangeBroke.</summary>
    public sealed record Reduce(long Generation, long Step) : NodeEffect;

    /// <summary>Receive the sums of this step and all later ones, and keep them. Answers SumReady for each, or ExchangeBroke.</summary>
    public sealed record Listen(long Generation, long FromStep) : NodeEffect;

    /// <summary>Release the sums of steps before this one.</summary>
    public sealed record DropSums(long BeforeStep) : NodeEffect;

    /// <summary>Overwrite the state with a peer's of at least this step. Answers Fetched or FetchFailed.</summary>
    public sealed record Fetch(string Run, IReadOnlyList<string> Donors, long MinStep) : NodeEffect;

    /// <summary>Apply a step's sum to the state. Answers Applied, or Broke.</summary>
    public sealed record Apply(long Step, bool WithDigest) : NodeEffect;

    /// <summary>Find out why a step's sum is not finite, and write it down. Answers Broke.</summary>
    public sealed record Diagnose(long Step) : NodeEffect;

    /// <summary>Write the run's end as its scribe: metrics that are missing, the last checkpoint. Answers Written, or Broke.</summary>
    public sealed record Write(string Run, long Generation) : NodeEffect;

    /// <summary>Write what must be kept, and end.</summary>
    public sealed record Exit(Finish Finish) : NodeEffect;
}
