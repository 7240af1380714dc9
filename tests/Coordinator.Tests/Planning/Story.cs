using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>A run of the pure machine: tells it what happens and keeps what it decides.</summary>
internal sealed class Story(RunSettings? settings = null)
{
    public const string Run = "0123456789abcdef0123456789abcdef";

    public static readonly RunSettings TwoNodes = new(
        "recipe", 2, 1, 10, 0, 64, 8, "hub", 0, 1024, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), 1, false);

    private const double TickSeconds = 0.25;

    public RunState State { get; private set; } = new(Run, settings ?? TwoNodes) { Epoch = 1 };

    public TimeSpan Now { get; private set; }

    /// <summary>The effects of the last event.</summary>
    public IReadOnlyList<RunEffect> Effects { get; private set; } = [];

    /// <summary>The reason of the last decision.</summary>
    public string Reason { get; private set; } = "";

    public Finish? Outcome => State.Outcome;

    /// <summary>The plan that begins with the last event; in a commit or by itself.</summary>
    public Plan Plan => All<RunEffect.BeginReduce>().Select(begin => begin.Plan).Single();

    public static Hello Hello(string node, long step = 0, string digest = "d") => new()
    {
        Node = node,
        Instance = $"{node} first process",
        RecipeHash = "recipe",
        DatasetHash = "dataset",
        KernelFingerprint = "cpu",
        Step = step,
        StateDigest = digest,
        Lanes = 1,
        ReplicaAddress = $"http://{node}:1",
        Samples = 1000,
    };

    /// <summary>Node i has session i + 1.</summary>
    public static Story Running(int nodes = 2, RunSettings? settings = null)
    {
        var story = new Story((settings ?? TwoNodes) with { ExpectedNodes = nodes });
        for (var i = 0; i < nodes; i++) story.Greet(i + 1, Hello($"node-{i}"));
        for (var i = 0; i < nodes; i++) story.Ready(i + 1);
        return story;
    }

    /// <summary>The same with another beginning.</summary>
    public Story From(Func<RunState, RunState> change)
    {
        State = change(State);
        return this;
    }

    public Story Happens(RunEvent happened)
    {
        var decision = RunMachine.Decide(State, happened, Now);
        (State, Effects, Reason) = (decision.State, decision.Effects, decision.Reason ?? "");
        return this;
    }

    public Story Later(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return this;
    }

    /// <summary>Time passes in ticks while some nodes are heard; stops early when something is decided.</summary>
    public Story Passes(double seconds, params int[] heard)
    {
        for (var passed = 0.0; passed < seconds; passed += TickSeconds)
        {
            Later(TickSeconds);
            foreach (var session in heard) Heard(session, "reduce", waitsFor: "others");
            Happens(new RunEvent.Tick());
            if (Effects.Count > 0) break;
        }
        return this;
    }

    public Story Greet(int session, Hello hello) => Happens(new RunEvent.NodeGreeted(session, hello));

    public Story Ready(int session) => Happens(new RunEvent.NodeReady(session));

    public Story Join(int session, Hello hello) => Greet(session, hello).Ready(session);

    public Story Lose(int session) => Happens(new RunEvent.NodeLost(session, "connection reset"));

    public Story Heard(int session, string phase, long progress = 0, string waitsFor = "") =>
        Happens(new RunEvent.NodeHeard(session, new() { Phase = phase, Step = State.CommittedSteps, Progress = progress, WaitsFor = waitsFor }));

    public Story ReduceFails(int session, int peer) =>
        Happens(new RunEvent.NodeReduceFailed(session, new() { Generation = State.Generation, Step = State.CommittedSteps, PeerIndex = peer, Reason = "reset" }));

    /// <summary>A node holds the sum of a step; of the open generation unless another is given.</summary>
    public Story Prepare(int session, long step, string sum = "s", string state = "d", long? generation = null, double computeSeconds = 0.25) =>
        Happens(new RunEvent.NodePrepared(session, new Prepared
        {
            Generation = generation ?? State.Generation,
            Step = step,
            SumDigest = sum,
            StateDigest = state,
            Loss = 1.5,
            ComputeSeconds = computeSeconds,
            DataSeconds = 0.1,
            ComputedMicrobatches = State.Find(session)?.Work.Count ?? 0,
        }));

    /// <summary>All members prepare steps until this many are committed.</summary>
    public Story CommitTo(long steps)
    {
        for (var step = State.CommittedSteps; step < steps; step++)
        {
            foreach (var session in State.Members.Select(node => node.Session).ToArray()) Prepare(session, step);
        }
        return this;
    }

    /// <summary>The node that was asked to has written the run's end.</summary>
    public Story Saves(int? session = null) => Happens(new RunEvent.NodeSaved(session ?? State.ScribeSession));

    public T Single<T>() where T : RunEffect => Assert.Single(Effects.OfType<T>());

    public IReadOnlyList<T> All<T>() where T : RunEffect => [.. Effects.OfType<T>()];

    /// <summary>Who does what at the first step of a plan: "node-0 0-3 8, node-1 listens".</summary>
    public static string Shares(Plan plan) => string.Join(", ", plan.Members.Select(member =>
        $"{member.Node} {(member.Listens ? "listens" : string.Join(' ', member.FirstWork.Select(range => range.Count == 1 ? $"{range.First}" : $"{range.First}-{range.First + range.Count - 1}")))}"));
}
