using System.Collections.Immutable;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>
/// A membership of the run begins: who does what in it. In the middle of a step members keep the partial sums that they
/// hold, and only microbatches that nobody holds are handed out.
/// </summary>
public static class GenerationStart
{
    /// <summary>Begins the next generation at the open step with the nodes in their stages, and sends everyone the plan.</summary>
    public static RunDecision Begin(RunState state, string why, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (next, plan) = Prepare(state, now);
        return new(next, [.. Before(next, plan), .. Receivers(next, plan).Select(to => new RunEffect.SendPlan(to.Session, to.Plan))], Describe(next, why));
    }

    /// <summary>Lets nodes in that wait for a plan: they listen until they have caught up, the others are not held up.</summary>
    public static RunDecision AdmitStandby(RunState state, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(state);
        var admitted = state.Nodes.Where(node => MayListen(state, node)).Select(node => node.Name).ToArray();
        return admitted.Length == 0
            ? RunDecision.Ignore(state, $"{string.Join(", ", state.Nodes.Where(n => n.Stage == NodeStage.Standby).Select(n => n.Name))} waits: no node serves a state, or it is ahead of the run")
            : Begin(Admit(state), $"{string.Join(", ", admitted)} joins", now);
    }

    /// <summary>The state with waiting nodes let in as listeners, where that is possible.</summary>
    public static RunState Admit(RunState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!state.Nodes.Any(node => MayListen(state, node))) return state;
        return state.WithNodes(node => MayListen(state, node) ? node with { Stage = NodeStage.Listening } : node) with { HubUntil = 0 };
    }

    /// <summary>The next generation and its plan, for a caller who sends the plan with the commit.</summary>
    internal static (RunState State, Plan Plan) Prepare(RunState state, TimeSpan now)
    {
        var settings = state.Settings;
        var members = state.Members.ToArray();
        var names = members.Select(node => node.Name).ToArray();
        var ranges = state.Stragglers.Ranges(settings.Microbatches, names);
        var held = members.Select(node => node.Work).ToArray();
        var fresh = held.All(work => work.IsEmpty);
        var works = fresh ? [.. ranges.Select(MicrobatchSet.Of)] : Recovery.Share(settings.Microbatches, held, state.Stragglers.SecondsPerMicrobatch(names));
        var missing = settings.Microbatches - held.Aggregate(MicrobatchSet.Empty, (all, work) => all.Union(work)).Count;

        var place = members.Select((node, i) => (node.Session, i)).ToDictionary(pair => pair.Session, pair => pair.i);
        var next = state.WithNodes(node => !node.IsInGeneration ? node : place.TryGetValue(node.Session, out var i)
            ? node with { Stage = NodeStage.Computing, Work = works[i], Range = ranges[i], Step = state.CommittedSteps, Prepared = null, Broken = null, Progress = node.Progress with { LastMoved = now } }
            : node with { Work = MicrobatchSet.Empty, Range = default, Prepared = null, Broken = null, Progress = node.Progress with { LastMoved = now } });
        next = next with
        {
            HasBegun = true,
            CommitWaitsSince = null,
            Standard = state.Standard is { KernelFingerprint.Length: > 0 } standard ? standard : RunStandard.Of(members[0].Hello),
            MayAdopt = false,
            TookOver = false,
            ScribeSession = ScribeOf(next).Session,
            Stragglers = state.Stragglers.Keep(names),
            Generation = Math.Max(state.Generation, state.SeenGeneration) + 1,
            LostMicrobatches = state.LostMicrobatches + (fresh ? 0 : missing),
        };
        return (next, PlanOf(next));
    }

    /// <summary>What must be done before the plan may be sent.</summary>
    internal static ImmutableArray<RunEffect> Before(RunState state, Plan plan) => [Record(state, state.Members), new RunEffect.BeginReduce(plan)];

    /// <summary>The generation's line in the journal.</summary>
    internal static RunEffect Record(RunState state, IEnumerable<NodeState> members) => new RunEffect.Record(new JournalRecord
    {
        GenerationBegun = new()
        {
            Generation = state.Generation,
            FirstStep = state.CommittedSteps,
            TotalSteps = state.TotalSteps,
            Members = { members.Select(node => node.Name) },
            DatasetHash = state.Standard?.DatasetHash ?? "",
            Samples = state.Standard?.Samples ?? 0,
            KernelFingerprint = state.Standard?.KernelFingerprint ?? "",
        },
    }, Durable: true);

    /// <summary>The plan as each node in the generation gets it: whoever listens is told where to fetch a state.</summary>
    internal static IEnumerable<(int Session, Plan Plan)> Receivers(RunState state, Plan plan)
    {
        var donors = state.Members.Select(node => node.Hello.ReplicaAddress).Where(address => address.Length > 0).ToArray();
        foreach (var node in state.Nodes.Where(node => node.IsInGeneration))
        {
            if (node.IsMember)
            {
                yield return (node.Session, plan);
                continue;
            }
            // Not all to the same one.
            var own = plan.Clone();
            own.Donors.AddRange(Enumerable.Range(0, donors.Length).Select(i => donors[(i + node.Index) % donors.Length]));
            own.DiscardState = node.Discard;
            yield return (node.Session, own);
        }
    }

    private static bool MayListen(RunState state, NodeState node) =>
        node.Stage == NodeStage.Standby && node.Step <= state.CommittedSteps && state.Members.Any(member => member.Hello.ReplicaAddress.Length > 0);

    private static Plan PlanOf(RunState state)
    {
        var settings = state.Settings;
        var members = state.Members.ToArray();
        var (reducer, groupSize, _) = ReducerOf(state);
        return new()
        {
            Run = state.Run,
            Generation = state.Generation,
            FirstStep = state.CommittedSteps,
            TotalSteps = state.TotalSteps,
            Microbatches = settings.Microbatches,
            Members = { members.Select(MemberOf), state.Nodes.Where(node => node.Stage == NodeStage.Listening).Select(MemberOf) },
            ScribeIndex = members.First(node => node.Session == state.ScribeSession).Index,
            Reducer = reducer,
            GroupSize = groupSize,
            SliceFloats = settings.SliceFloats,
            DigestEverySteps = settings.DigestEverySteps,
        };
    }

    private static (string Reducer, int GroupSize, string? Why) ReducerOf(RunState state) => ReducerChoice.Of(
        state.HubInstead ? "hub" : state.Settings.Reducer, state.Settings.GroupSize, state.Members.Count(), state.Nodes.Where(n => n.IsInGeneration).All(n => n.Hello.ReplicaAddress.Length > 0));

    // Who writes goes on writing; after it, who has been here longest and so knows of the last steps; at first, the first by name.
    private static NodeState ScribeOf(RunState state) =>
        state.Members.FirstOrDefault(node => node.Session == state.ScribeSession)
        ?? (state.ScribeSession == 0 ? state.Members.First() : state.Members.MinBy(node => node.Index)!);

    private static Member MemberOf(NodeState node) => new()
    {
        NodeIndex = node.Index,
        Node = node.Name,
        Address = node.Hello.ReplicaAddress,
        FirstWork = { node.Work.ToMessages() },
        Work = node.Range.ToMessage(),
        Listens = !node.IsMember,
    };

    /// <summary>The generation in one line.</summary>
    internal static string Describe(RunState state, string why) =>
        $"generation {state.Generation} begins at step {state.CommittedSteps} of {state.TotalSteps} ({why}): {string.Join(", ", state.Nodes.Where(n => n.IsInGeneration).Select(n => n.IsMember ? $"{n.Name} {n.Work}" : $"{n.Name} listens"))}{(ReducerOf(state).Why is { } hub ? $"; {hub}" : "")}";
}
