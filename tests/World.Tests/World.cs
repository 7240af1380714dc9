using System.Globalization;
using Lockstep.Coordinator;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Tests.Journal;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>
/// A run under simulated clock, network and disk: the machines of production, a schedule of faults made from a seed, and
/// checks of what must hold after every event. The same seed gives the same world.
/// </summary>
internal sealed class World
{
    private const int KeptTrace = 4000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private readonly PriorityQueue<Action, (TimeSpan At, long Number)> _events = new();
    private readonly Queue<string> _trace = [];
    private readonly Dictionary<(string From, string To), TimeSpan> _blocked = [];
    private long _number;

    private World(ulong seed, Plant plant)
    {
        (Seed, Plant, Chance) = (seed, plant, new SplitMix64(SplitMix64.Mix(seed)));
        Shape = Shape.Of(Chance);
        Arithmetic = Arithmetic.Of(Shape.Microbatches, Shape.Floats);
        Truth = new(this);
        IsCalm = Chance.OneIn(8);
        HasBadMemory = !IsCalm && Chance.OneIn(12) && Shape is { Nodes: > 2, DigestEverySteps: 1 };
    }

    public ulong Seed { get; }

    public Plant Plant { get; }

    public SplitMix64 Chance { get; }

    public Shape Shape { get; }

    public Arithmetic Arithmetic { get; }

    public Truth Truth { get; }

    /// <summary>Only short pauses happen: nobody may be taken for lost.</summary>
    public bool IsCalm { get; }

    /// <summary>Only bits turn over: with deaths besides, the bad state may be the only one left.</summary>
    public bool HasBadMemory { get; }

    public TimeSpan Now { get; private set; }

    public TimeSpan LastCommit { get; set; }

    /// <summary>Until when faults happen.</summary>
    public TimeSpan FaultsEnd { get; set; }

    public int CheckpointEvery => 5;

    public List<SimNode> Nodes { get; } = [];

    public List<SimCoordinator> Coordinators { get; } = [];

    public List<Connection> Connections { get; } = [];

    /// <summary>What the coordinator's address leads to; null when nobody listens there.</summary>
    public SimCoordinator? Coordinator => Coordinators.Count > 0 && !Coordinators[^1].IsDead ? Coordinators[^1] : null;

    public Checkpoint Checkpoint { get; private set; } = Checkpoint.None;

    public bool HasEnded => Coordinators.Any(c => c.State.Outcome is { Outcome: Finish.Types.Outcome.Completed });

    public IEnumerable<string> Lines => _trace;

    /// <summary>Runs a schedule to its end.</summary>
    /// <exception cref="WorldViolation">Something happened that must not; the message has the seed and the last lines of the trace.</exception>
    public static WorldResult Run(ulong seed, Plant? plant = null)
    {
        var world = new World(seed, plant ?? Plant.None);
        try
        {
            return world.Run();
        }
        catch (Exception e) when (e is WorldViolation or InvalidOperationException or ArgumentException or KeyNotFoundException or NullReferenceException or JournalException or InvalidCastException)
        {
            var what = e is WorldViolation ? e.Message : e.ToString();
            throw new WorldViolation($"seed {seed}: {what}\n{string.Join('\n', world.Lines.TakeLast(60))}");
        }
    }

    /// <summary>The trace of a schedule, however it ends.</summary>
    public static IReadOnlyList<string> TraceOf(ulong seed)
    {
        var world = new World(seed, Plant.None);
        try
        {
            world.Trace($"{world.Run()}");
        }
        catch (WorldViolation e)
        {
            world.Trace($"VIOLATION: {e.Message}");
        }
        return [.. world._trace];
    }

    public void At(TimeSpan when, Action action) => _events.Enqueue(action, (when, _number++));

    public void After(double seconds, Action action) => At(Now + TimeSpan.FromSeconds(seconds), action);

    public long NewNumber() => _number++;

    public void Trace(string line)
    {
        if (_trace.Count == KeptTrace) _trace.Dequeue();
        _trace.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{Now.TotalSeconds,8:0.000}  {line}"));
    }

    /// <summary>Time on the line: short, now and then long.</summary>
    public double Latency() => Chance.OneIn(40) ? Chance.Between(0.01, 0.08) : Chance.Between(0.0002, 0.003);

    public TimeSpan? BlockedUntil(string from, string to) => _blocked.TryGetValue((from, to), out var until) ? until : null;

    /// <summary>Nothing gets from one host to another for a while.</summary>
    public void Block(string from, string to, TimeSpan until)
    {
        if (!_blocked.TryGetValue((from, to), out var before) || before < until) _blocked[(from, to)] = until;
    }

    public Connection Connect(Process client, Process server, object greeting, Action<object> hear)
    {
        var connection = new Connection(this, client, server) { ToClient = hear };
        connection.Up(greeting);
        After(5, () =>
        {
            if (!connection.IsAccepted && !connection.IsOver && !server.IsPaused) connection.Break();
        });
        return connection;
    }

    public SimNode? NodeAt(string address) => Nodes.LastOrDefault(node => !node.IsDead && address == $"http://{node.Name}:1");

    public void Save(Checkpoint checkpoint)
    {
        if (checkpoint.Step > Checkpoint.Step) Checkpoint = checkpoint;
    }

    public SimNode StartNode(string name, Checkpoint from)
    {
        var node = new SimNode(this, name, from, Shape.Slowness(name));
        Nodes.Add(node);
        Trace($"{name} starts with the state of step {from.Step}");
        return node;
    }

    /// <summary>A node that failed is started again, as any supervisor does.</summary>
    public void Supervise(string name)
    {
        if (!HasEnded && NodeAt($"http://{name}:1") is null) StartNode(name, Checkpoint);
    }

    /// <summary>Starts a coordinator; when its disk does not let it, again a little later.</summary>
    public void StartCoordinator(string host, SimulatedDisk disk, bool adopt)
    {
        try
        {
            Coordinators.Add(new(this, host, disk, Options(adopt)));
        }
        catch (JournalException e)
        {
            Trace($"the coordinator on {host} does not start: {e.Message}");
            After(1, () => StartCoordinator(host, disk, adopt));
        }
    }

    private CoordinatorOptions Options(bool adopt) => new()
    {
        Listen = "http://coordinator:1",
        ExpectedNodes = Shape.Nodes,
        MinNodes = 1,
        RecipeHash = "recipe",
        Steps = Shape.Steps,
        Epochs = 0,
        GlobalBatch = 64,
        Microbatches = Shape.Microbatches,
        Reducer = Shape.Reducer,
        GroupSize = Shape.GroupSize,
        SliceFloats = Shape.SliceFloats,
        NodeTimeoutSeconds = 1.5,
        DigestEverySteps = Shape.DigestEverySteps,
        AllowMixed = false,
        Journal = "journal",
        Adopt = adopt,
        RunId = SplitMix64.Mix(Seed + (ulong)Coordinators.Count).ToString("x16", CultureInfo.InvariantCulture) + "0123456789abcdef",
    };

    private WorldResult Run()
    {
        Trace($"{Shape}{(IsCalm ? ", calm" : HasBadMemory ? ", bad memory" : "")}");
        StartCoordinator("coordinator", new((int)(Seed & 0x7FFFFFFF)), adopt: false);
        for (var i = 0; i < Shape.Nodes; i++)
        {
            var name = $"node-{i}";
            After(Chance.Between(0, 0.3), () => StartNode(name, Checkpoint.None));
        }
        new Faults(this).Plan();

        while (_events.TryDequeue(out var action, out var order))
        {
            Now = order.At;
            action();
            if (HasEnded && (Coordinators.Count > 1 || Nodes.All(HasHeardTheEnd))) break; // a second coordinator may keep a part for ever
            if (Now > FaultsEnd + Patience) throw new WorldViolation(HasEnded
                ? $"the run has completed, but {string.Join(", ", Nodes.Where(n => !n.IsDead).Select(n => $"{n.Name} (step {n.Step})"))} did not end within {Patience.TotalSeconds} s after the last fault"
                : $"the run did not complete within {Patience.TotalSeconds} s after the last fault: {string.Join("; ", Coordinators.Where(c => !c.IsDead).Select(c => $"{c.Host} {c.State.Phase} at {c.State.CommittedSteps}, {string.Join(", ", c.State.Nodes.Select(n => $"{n.Name} {n.Stage}"))}, {c.State.Outcome}"))}; {string.Join("; ", Nodes.Where(n => !n.IsDead).Select(n => n.Describe()))}");
        }
        CheckEnd();
        return new(Now, Truth.ComputedMicrobatches, (int)Shape.Steps, _number, Coordinators.Max(c => c.State.Generation), Coordinators.Count, Truth.Fallbacks, Truth.Fetches, Truth.Healings, Checkpoint.Step == Shape.Steps);
    }

    // Who was away when the run ended dials for some more minutes.
    private bool HasHeardTheEnd(SimNode node) => node.IsDead || (Coordinator is null && node.Machine.Link != Node.Membership.LinkStage.Up && Now > FaultsEnd + TimeSpan.FromSeconds(30));

    private void CheckEnd()
    {
        Truth.Require(HasEnded, "nothing happens any more, but the run has not completed");
        if (Coordinators.Count > 1) return;
        Truth.Require(Checkpoint.Step == Shape.Steps, $"the run has completed, but the last checkpoint is of step {Checkpoint.Step}");
        var state = Coordinators[0].State;
        var most = Shape.Microbatches * (Shape.Steps + Truth.Gatherings + Truth.Fallbacks) + state.LostMicrobatches;
        Truth.Require(Truth.ComputedMicrobatches <= most, $"{Truth.ComputedMicrobatches} microbatches were computed, but {Shape.Steps} steps of {Shape.Microbatches}, {Truth.Gatherings} gatherings, {Truth.Fallbacks} steps given up and {state.LostMicrobatches} lost microbatches explain only {most}");
    }
}
