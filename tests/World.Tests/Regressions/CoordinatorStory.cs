using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;

namespace Lockstep.World.Tests.Regressions;

/// <summary>A run of the coordinator's machine alone, told by hand: what schedules have found, as short as it can be.</summary>
internal sealed class CoordinatorStory(RunState state)
{
    public static readonly RunSettings Settings = new("recipe", 2, 1, 10, 0, 64, 8, "hub", 0, 1024, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10), 1, false);

    public const string Run = "0123456789abcdef0123456789abcdef";

    public RunState State { get; private set; } = state;

    public IReadOnlyList<RunEffect> Effects { get; private set; } = [];

    public TimeSpan Now { get; private set; }

    public static Hello Hello(string node, long step = 0, string run = "", long generation = 0, long epoch = 0) => new()
    {
        Node = node,
        Instance = node,
        RecipeHash = "recipe",
        Samples = 1000,
        Step = step,
        StateDigest = $"d{step}",
        ReplicaAddress = $"http://{node}:1",
        Run = run,
        Generation = generation,
        Epoch = epoch,
    };

    public CoordinatorStory Happens(RunEvent happened)
    {
        var decision = RunMachine.Decide(State, happened, Now);
        (State, Effects) = (decision.State, decision.Effects);
        return this;
    }

    public CoordinatorStory Greets(int session, Hello hello) => Happens(new RunEvent.NodeGreeted(session, hello)).Happens(new RunEvent.NodeReady(session));

    /// <summary>Time passes; everybody's heart beats.</summary>
    public CoordinatorStory Later(double seconds)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end;)
        {
            Now += TimeSpan.FromSeconds(0.1);
            foreach (var node in State.Nodes) Happens(new RunEvent.NodeHeard(node.Session, new Heartbeat { Phase = "start" }));
            Happens(new RunEvent.Tick());
        }
        return this;
    }

    public CoordinatorStory Prepares(int session, string digest) => Happens(new RunEvent.NodePrepared(session, new Prepared
    {
        Generation = State.Generation,
        Step = State.CommittedSteps,
        SumDigest = "s",
        StateDigest = digest,
        ComputedMicrobatches = 4,
        ComputeSeconds = 0.1,
    }));
}
