using Lockstep.Node.Membership;
using Lockstep.Protos;

namespace Lockstep.Node.Tests.Membership;

/// <summary>A node of the pure machine: tells it what happens, and what it is to do about it in words.</summary>
internal sealed class NodeStory
{
    public const string Run = "0123456789abcdef0123456789abcdef";

    public static readonly MemberTimings Timings = new(FirstConnect: TimeSpan.FromSeconds(30), Reconnect: TimeSpan.FromSeconds(60), CoordinatorSilence: TimeSpan.FromSeconds(10));

    public NodeStory(long step = 0, string run = "", long epoch = 0) => State = MemberMachine.Start(
        new Hello { Node = "node-0", Step = step, StateDigest = $"d{step}", Run = run, Epoch = epoch, ReplicaAddress = "http://node-0:1" }, Timings, TimeSpan.Zero);

    public MemberState State { get; private set; }

    public TimeSpan Now { get; private set; }

    /// <summary>What the last event led to, e.g. "compute 3 [0, 4)".</summary>
    public string[] Does { get; private set; } = [];

    public string Reason { get; private set; } = "";

    /// <summary>The last greeting.</summary>
    public Hello Greeting { get; private set; } = new();

    /// <summary>The last word to the coordinator.</summary>
    public NodeMessage Said { get; private set; } = new();

    public Finish? Ending { get; private set; }

    /// <summary>A node that is in the run, without a plan.</summary>
    public static NodeStory Up(long step = 0) => new NodeStory(step).Happens(new NodeEvent.Tick()).Welcome();

    /// <summary>A member that has computed its microbatches [0, 4) of a step, and exchanges them.</summary>
    public static NodeStory Reducing(long step = 0) => Up(step).Plan(1, step, (0, 4)).Happens(new NodeEvent.Computed(step));

    /// <summary>A member that has told that it holds a step's sum.</summary>
    public static NodeStory Prepared(long step = 0) => Reducing(step).Sum(1, step);

    public NodeStory Happens(NodeEvent happened)
    {
        var decision = MemberMachine.Decide(State, happened, Now);
        (State, Reason, Does) = (decision.State, decision.Reason ?? "", [.. decision.Effects.Select(Tell)]);
        return this;
    }

    /// <summary>Time passes in ticks; stops early when there is something to do.</summary>
    public NodeStory Passes(double seconds, bool pulses = false)
    {
        for (var end = Now + TimeSpan.FromSeconds(seconds); Now < end;)
        {
            Now += TimeSpan.FromSeconds(0.05);
            if (pulses) Happens(new NodeEvent.Pulsed());
            if (Happens(new NodeEvent.Tick()).Does.Length > 0) break;
        }
        return this;
    }

    public NodeStory Later(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return this;
    }

    public NodeStory Welcome(long epoch = 1, string run = Run) => Happens(new NodeEvent.Welcomed(new() { Run = run, NodeIndex = 0, Epoch = epoch }));

    public NodeStory Lose() => Happens(new NodeEvent.SessionLost("reset"));

    public NodeStory Sum(long generation, long step) => Happens(new NodeEvent.SumReady(new() { Generation = generation, Step = step, SumDigest = $"s{step}" }));

    public NodeStory Commit(long generation, long step, Plan? next = null, bool last = false) =>
        Happens(new NodeEvent.Committed(new() { Generation = generation, Step = step, Next = next, Last = last }));

    public NodeStory Applied(long step) => Happens(new NodeEvent.Applied(step, $"d{step + 1}"));

    /// <summary>A plan in which this node computes these ranges at the first step and [0, 4) later.</summary>
    public NodeStory Plan(long generation, long firstStep, params (int First, int Count)[] work) => Happens(new NodeEvent.Planned(MemberPlan(generation, firstStep, work)));

    /// <summary>A plan in which this node listens.</summary>
    public NodeStory ListenPlan(long generation, long firstStep, bool discard = false) => Happens(new NodeEvent.Planned(ListenerPlan(generation, firstStep, discard)));

    public static Plan MemberPlan(long generation, long firstStep, params (int First, int Count)[] work) => PlanWith(generation, firstStep, new Member
    {
        NodeIndex = 0,
        Node = "node-0",
        FirstWork = { work.Select(range => new MicrobatchRange { First = range.First, Count = range.Count }) },
        Work = new() { First = 0, Count = 4 },
    });

    public static Plan ListenerPlan(long generation, long firstStep, bool discard = false)
    {
        var plan = PlanWith(generation, firstStep, new Member { NodeIndex = 0, Node = "node-0", Listens = true });
        plan.DiscardState = discard;
        plan.Donors.Add("http://node-1:1");
        return plan;
    }

    private static Plan PlanWith(long generation, long firstStep, Member self) => new()
    {
        Run = Run,
        Generation = generation,
        FirstStep = firstStep,
        TotalSteps = 100,
        Microbatches = 8,
        Reducer = "hub",
        DigestEverySteps = 1,
        Members = { self, new Member { NodeIndex = 1, Node = "node-1" } },
    };

    private string Tell(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Dial dial: Greeting = dial.Hello; return "dial";
            case NodeEffect.HangUp: return "hang up";
            case NodeEffect.Send send:
                Said = send.Message;
                return $"say {send.Message.BodyCase}{(send.Message.Prepared is { } prepared ? $" {prepared.Step} {prepared.SumDigest} {prepared.StateDigest}" : "")}";
            case NodeEffect.Adopt adopt: return $"adopt {adopt.Plan.Generation}";
            case NodeEffect.CloseExchange: return "close";
            case NodeEffect.BeginStep begin: return $"begin {begin.Step} {begin.Work}";
            case NodeEffect.Retarget retarget: return $"retarget {retarget.Step} {retarget.Work}";
            case NodeEffect.Compute compute: return $"compute {compute.Step} {compute.Microbatches}";
            case NodeEffect.Reduce reduce: return $"reduce {reduce.Step}";
            case NodeEffect.Listen listen: return $"listen from {listen.FromStep}";
            case NodeEffect.DropSums drop: return drop.BeforeStep == long.MaxValue ? "drop all" : $"drop before {drop.BeforeStep}";
            case NodeEffect.Fetch fetch: return $"fetch {fetch.MinStep}";
            case NodeEffect.Apply apply: return $"apply {apply.Step}";
            case NodeEffect.Diagnose diagnose: return $"diagnose {diagnose.Step}";
            case NodeEffect.Write write: return $"write {write.Generation}";
            case NodeEffect.Exit exit: Ending = exit.Finish; return $"exit {exit.Finish.Outcome}";
            default: throw new ArgumentException(effect.GetType().Name, nameof(effect));
        }
    }
}
