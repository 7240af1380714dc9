using System.Collections.Immutable;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Lockstep.Protos.Curves;

namespace Lockstep.Coordinator.Membership;

/// <summary>Everything that the coordinator knows of the run. Immutable: decisions return a new one.</summary>
/// <param name="Run">Identifier of the run, 32 hexadecimal characters.</param>
/// <param name="Settings">What the run was started with.</param>
public sealed record RunState(string Run, RunSettings Settings)
{
    private const int KeptFaults = 100, KeptAlarms = 20, KeptKnn = 512, KeptPoints = StepHistory.UsualCapacity + 1;

    public RunPhase Phase { get; init; }

    /// <summary>Counts the starts of the run's coordinator.</summary>
    public long Epoch { get; init; }

    /// <summary>Number of the current membership; 0 before the first.</summary>
    public long Generation { get; init; }

    /// <summary>The highest generation that a node has told of: numbers up to it are used up.</summary>
    public long SeenGeneration { get; init; }

    /// <summary>Steps committed so far, which is also the number of the open step.</summary>
    public long CommittedSteps { get; init; }

    /// <summary>Steps of the whole run; 0 until a node has told the size of the dataset.</summary>
    public long TotalSteps { get; init; }

    /// <summary>The nodes with a session, in ordinal order of their names.</summary>
    public ImmutableArray<NodeState> Nodes { get; init; } = [];

    /// <summary>The number that the next node is given.</summary>
    public int NextIndex { get; init; }

    /// <summary>Names of the last generation's members: who is waited for after a loss of all, or a start of the coordinator.</summary>
    public ImmutableArray<string> Awaited { get; init; } = [];

    /// <summary>What its nodes must have in common; null before the first generation.</summary>
    public RunStandard? Standard { get; init; }

    /// <summary>Names of members that were lost since the open step began: they may hold it, and parts of its sum.</summary>
    public ImmutableArray<string> LostInStep { get; init; } = [];

    /// <summary>The journal says that the run's end is written: nodes that come are told so, and without any there is nothing to wait for.</summary>
    public bool WasComplete { get; init; }

    /// <summary>When a node of the run was last heard of.</summary>
    public TimeSpan LastHeard { get; init; }

    /// <summary>Another coordinator has the run: this one sends its nodes there.</summary>
    public bool IsFenced { get; init; }

    /// <summary>The run has had a generation: it goes on with fewer nodes than expected when the wait is over.</summary>
    public bool HasBegun { get; init; }

    /// <summary>When the wait for them is over; null when nobody has come yet.</summary>
    public TimeSpan? AwaitedUntil { get; init; }

    /// <summary>The run's identifier may still be taken over from the first node that has one.</summary>
    public bool MayAdopt { get; init; }

    /// <summary>The run was taken over just now, and is not in the journal yet.</summary>
    public bool Adopted { get; init; }

    /// <summary>The run was taken over and has not gone on yet: a node that has seen a later start only tells how many there were.</summary>
    public bool TookOver { get; init; }

    /// <summary>Session of the node that writes metrics and checkpoints; 0 before the first generation.</summary>
    public int ScribeSession { get; init; }

    /// <summary>Who asked for the run to end after the open step; null when nobody did.</summary>
    public string? StopReason { get; init; }

    /// <summary>How the run is to end, as soon as the scribe has written the end; null before, and once that is done.</summary>
    public Finish? Ending { get; init; }

    /// <summary>How the run ended.</summary>
    public Finish? Outcome { get; init; }

    /// <summary>Mean loss of the last committed step.</summary>
    public double Loss { get; init; }

    /// <summary>What the method reports of a step, and the number of committed steps then: the newest that is known.</summary>
    public (long Step, ImmutableSortedDictionary<string, double> Values) Watched { get; init; } = (0, ImmutableSortedDictionary<string, double>.Empty);

    /// <summary>What the run's own numbers have shown that its user should hear of, oldest first.</summary>
    public ImmutableArray<FaultNote> Alarms { get; init; } = [];

    /// <summary>Loss and pace as the run folder tells them, by rising step: the newest that the node that writes it has told.</summary>
    public ImmutableArray<StepPoint> Told { get; init; } = [];

    /// <summary>The k-NN evaluations that are known, oldest first, by rising step.</summary>
    public ImmutableArray<KnnResult> Knn { get; init; } = [];

    /// <summary>The last state digest that all nodes agreed on, and the step it belongs to.</summary>
    public (long Step, string Digest) Agreed { get; init; } = (0, "");

    /// <summary>The last committed steps, oldest first.</summary>
    public ImmutableArray<StepTiming> Recent { get; init; } = [];

    /// <summary>Since when the commit of the open step waits for a node that listens; null when it does not.</summary>
    public TimeSpan? CommitWaitsSince { get; init; }

    /// <summary>Exchanges of the open step that had to be repeated though no node was lost.</summary>
    public int Retries { get; init; }

    /// <summary>The direct exchange has failed again and again: up to this step the hub sums, unless a node joins or is lost.</summary>
    public long HubUntil { get; init; }

    /// <summary>True while the hub sums in place of the direct exchange.</summary>
    public bool HubInstead => HubUntil > CommittedSteps;

    /// <summary>Who is slow.</summary>
    public Stragglers Stragglers { get; init; } = new();

    /// <summary>Microbatches of lost nodes that others were given to compute again.</summary>
    public long LostMicrobatches { get; init; }

    /// <summary>Microbatches computed for committed steps by the nodes that were there at the commit.</summary>
    public long ComputedMicrobatches { get; init; }

    /// <summary>The last tick, by which the coordinator notices that it was paused itself.</summary>
    public TimeSpan LastTick { get; init; }

    /// <summary>The last faults, oldest first.</summary>
    public ImmutableArray<FaultNote> Faults { get; init; } = [];

    /// <summary>Nodes whose word a commit waits for.</summary>
    public IEnumerable<NodeState> Members => Nodes.Where(node => node.IsMember);

    /// <summary>The node of a session, or null.</summary>
    public NodeState? Find(int session) => Nodes.FirstOrDefault(node => node.Session == session);

    /// <summary>The state with a node changed.</summary>
    public RunState With(NodeState node) => this with { Nodes = [.. Nodes.Select(other => other.Session == node.Session ? node : other)] };

    /// <summary>The state with every node changed.</summary>
    public RunState WithNodes(Func<NodeState, NodeState> change) => this with { Nodes = [.. Nodes.Select(change)] };

    /// <summary>The state without some nodes.</summary>
    public RunState Without(IReadOnlyCollection<NodeState> nodes) => this with { Nodes = [.. Nodes.Where(node => nodes.All(gone => gone.Session != node.Session))] };

    /// <summary>The state with what a committed step's word says of the step before.</summary>
    public RunState Hear(Prepared prepared, TimeSpan now) => prepared.Values.Count == 0 ? this : this with
    {
        Watched = (prepared.Step, prepared.Values.ToImmutableSortedDictionary(StringComparer.Ordinal)),
        Alarms = [.. Alarms.Concat(prepared.Alarms.Select(alarm => new FaultNote(now, alarm.Kind, "", prepared.Step, alarm.Text))).TakeLast(KeptAlarms)],
    };

    /// <summary>The state with what a heartbeat says of the run's curves.</summary>
    public RunState Hear(Heartbeat heartbeat)
    {
        var state = heartbeat.Curves is { } curves ? Hear(curves) : this;
        return heartbeat.Knn is not { } knn || (state.Knn.Length > 0 && state.Knn[^1].Step >= knn.Step) ? state
            : state with { Knn = [.. state.Knn.TakeLast(KeptKnn - 1), knn] };
    }

    // Whatever a node sends is kept within bounds.
    private RunState Hear(RunCurves curves) => this with
    {
        Told = [.. curves.Steps.Zip(curves.Loss, curves.ImagesPerSecond).Select(p => new StepPoint(p.First, p.Second, p.Third)).TakeLast(KeptPoints)],
        Knn = [.. curves.Knn.Concat(Knn).DistinctBy(knn => knn.Step).OrderBy(knn => knn.Step).TakeLast(KeptKnn)],
    };

    /// <summary>The state with a fault noted.</summary>
    public RunState Note(FaultNote fault) => this with { Faults = [.. Faults.Skip(Faults.Length - KeptFaults + 1), fault] };
}
