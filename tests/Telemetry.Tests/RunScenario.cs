using Lockstep.Coordinator;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Coordinator.Reduce;
using Lockstep.Coordinator.Telemetry;
using Lockstep.Protos;

namespace Lockstep.Telemetry.Tests;

/// <summary>A coordinator without a network: the real decisions, and the telemetry that looks at them.</summary>
internal sealed class RunScenario : IDisposable
{
    public const string Run = "00000000000000000000000000000002";
    private static readonly CoordinatorOptions Options = new()
    {
        Listen = "http://127.0.0.1:0",
        ExpectedNodes = 3,
        RecipeHash = "recipe",
        Steps = 20,
        Epochs = 0,
        GlobalBatch = 16,
        Microbatches = 8,
        Reducer = "hub",
        SliceFloats = 1024,
        NodeTimeoutSeconds = 2,
        AllowMixed = false,
        RunId = Run,
    };

    private readonly RunTelemetry _telemetry;
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    public RunScenario(int every, RunState? initial = null)
    {
        State = initial ?? new(Run, Options.ToSettings()) { Epoch = 1 };
        _telemetry = new(Options with { TraceEverySteps = every }, State, new ReduceHub(), TimeProvider.System);
    }

    public RunState State { get; private set; }

    public void Begin(params string[] nodes)
    {
        for (var i = 0; i < nodes.Length; i++) Join(i + 1, nodes[i]);
    }

    public void Join(int session, string node)
    {
        Happens(new RunEvent.NodeGreeted(session, new() { Node = node, Instance = node, RecipeHash = "recipe", DatasetHash = "data", KernelFingerprint = "kernel", Samples = 160, ReplicaAddress = $"http://{node}:1", StateDigest = "digest", Step = State.CommittedSteps }));
        Happens(new RunEvent.NodeReady(session));
    }

    public void Commit(params int[] sessions)
    {
        foreach (var session in sessions) Prepare(session, "digest");
    }

    public void Prepare(int session, string digest) => Happens(new RunEvent.NodePrepared(session, new()
    {
        Generation = State.Generation,
        Step = State.CommittedSteps,
        SumDigest = "sum",
        StateDigest = digest,
        Loss = 3,
        ComputedMicrobatches = 4,
    }));

    public void Happens(RunEvent happened)
    {
        _now += TimeSpan.FromMilliseconds(10);
        State = RunMachine.Decide(State, happened, _now).State;
        _telemetry.Observe(happened, State, _now);
    }

    public void Dispose() => _telemetry.Dispose();
}
