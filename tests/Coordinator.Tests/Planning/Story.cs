using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>A run of the pure machine: tells it what happens and keeps what it decides.</summary>
internal sealed class Story(RunSettings? settings = null)
{
    public static readonly RunSettings TwoNodes = new("recipe", 2, 10, 0, 64, 8, "hub", 1024, TimeSpan.FromSeconds(30), false);

    public RunState State { get; private set; } = new("0123456789abcdef0123456789abcdef", settings ?? TwoNodes);

    public TimeSpan Now { get; private set; }

    /// <summary>The effects of the last event.</summary>
    public IReadOnlyList<RunEffect> Effects { get; private set; } = [];

    /// <summary>The reason of the last decision.</summary>
    public string Reason { get; private set; } = "";

    public Finish? Outcome => State.Outcome;

    public static Hello Hello(string node, long step = 0, string digest = "d0") => new()
    {
        Node = node,
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

    public Story Greet(int session, Hello hello) => Happens(new RunEvent.NodeGreeted(session, hello));

    public Story Ready(int session) => Happens(new RunEvent.NodeReady(session));

    public Story Prepare(int session, long step, string sum = "s", string state = "d", long generation = 1) =>
        Happens(new RunEvent.NodePrepared(session, new Prepared { Generation = generation, Step = step, SumDigest = sum, StateDigest = state, Loss = 1.5, ComputeSeconds = 0.25, DataSeconds = 0.1 }));

    /// <summary>Both nodes prepare steps until this many are committed.</summary>
    public Story CommitTo(long steps)
    {
        for (var step = State.CommittedSteps; step < steps; step++) Prepare(1, step).Prepare(2, step);
        return this;
    }

    public T Single<T>() where T : RunEffect => Assert.Single(Effects.OfType<T>());

    public IReadOnlyList<T> All<T>() where T : RunEffect => [.. Effects.OfType<T>()];
}
