using Lockstep.Protos;

namespace Lockstep.Node.Membership;

/// <summary>A node as its own decisions see it. Immutable: decisions return a new one.</summary>
/// <param name="Greeting">What the node says of itself, without what changes: state, run, generation, held microbatches.</param>
/// <param name="Timings">How patient it is.</param>
public sealed record MemberState(Hello Greeting, MemberTimings Timings)
{
    /// <summary>Number of the step that comes next: committed and applied steps. -1: the state is not usable (half fetched).</summary>
    public long Step { get; init; }

    /// <summary>Digest of the state; empty where digests are not computed at this step.</summary>
    public string Digest { get; init; } = "";

    // -- the session

    public LinkStage Link { get; init; }

    /// <summary>Run that the node belongs to; empty before the first Welcome.</summary>
    public string Run { get; init; } = "";

    /// <summary>Number in the run, from Welcome.</summary>
    public int Index { get; init; }

    /// <summary>Newest start of the coordinator, and newest generation, that the node has seen.</summary>
    public long Epoch { get; init; }
    public long Generation { get; init; }

    /// <summary>True once the coordinator has let the node in for the first time.</summary>
    public bool WasIn { get; init; }

    /// <summary>Since when there is no session, and when to dial next.</summary>
    public TimeSpan DownSince { get; init; }
    public TimeSpan DialAt { get; init; }
    public int Attempts { get; init; }
    public string LastRefusal { get; init; } = "no answer";

    /// <summary>When the coordinator was last heard.</summary>
    public TimeSpan CoordinatorHeard { get; init; }
    public TimeSpan LastTick { get; init; }

    // -- the generation

    /// <summary>The plan that holds; null without a session.</summary>
    public Plan? Plan { get; init; }

    /// <summary>A plan that holds once all steps before its first are applied.</summary>
    public Plan? NextPlan { get; init; }

    /// <summary>True while the node receives sums without having work.</summary>
    public bool Listening { get; init; }

    // -- the open step

    /// <summary>Step that the partial sums belong to, and the work that they are made for.</summary>
    public long PartialsStep { get; init; } = -1;
    public MicrobatchSet PartialsWork { get; init; } = MicrobatchSet.Empty;

    /// <summary>Microbatches that are wholly in the partial sums, and those being computed now.</summary>
    public MicrobatchSet Held { get; init; } = MicrobatchSet.Empty;
    public MicrobatchSet Computing { get; init; } = MicrobatchSet.Empty;

    /// <summary>The exchange of the step runs, or has broken: either way it is not begun again in this generation.</summary>
    public bool Exchanging { get; init; }

    /// <summary>Sums are here of steps [SumsFrom, SumsTo).</summary>
    public long SumsFrom { get; init; }
    public long SumsTo { get; init; }

    /// <summary>What is to be told, or was told, of the newest of them.</summary>
    public Prepared? Prepared { get; init; }
    public bool PreparedSent { get; init; }

    /// <summary>Steps known to be committed.</summary>
    public long CommittedSteps { get; init; }

    /// <summary>The run ends after the last committed step.</summary>
    public bool IsLast { get; init; }

    public bool Applying { get; init; }

    /// <summary>The open step's sum is not finite: what is wrong is being looked for, and then the node ends.</summary>
    public bool Diagnosing { get; init; }

    /// <summary>A state is being fetched; the present one is being overwritten.</summary>
    public bool Fetching { get; init; }

    /// <summary>Fetches in a row that no peer could serve.</summary>
    public int FetchFailures { get; init; }

    /// <summary>The present state is wrong and must be fetched.</summary>
    public bool MustFetch { get; init; }

    // -- the end

    /// <summary>What the coordinator said when it asked this node to write the run's end; null when it did not.</summary>
    public Finish? ToWrite { get; init; }

    /// <summary>The end is being written.</summary>
    public bool Writing { get; init; }

    public string? LeaveReason { get; init; }
    public Finish? Outcome { get; init; }
    public bool Exited { get; init; }

    /// <summary>True when the state can be told to others: nobody writes to it or saves it.</summary>
    public bool IsStateAtRest => !Applying && !Fetching && !Writing;
}
