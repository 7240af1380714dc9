using Lockstep.Node.Membership;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>
/// What NodeWorker and Trainer are in production: a process around the real <see cref="MemberMachine"/>, whose effects
/// take simulated time.
/// </summary>
internal sealed partial class SimNode : Process
{
    private const double Tick = 0.05, Beat = 0.25, AttemptTimeout = 5;
    private static readonly MemberTimings Timings = new(TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(600), TimeSpan.FromSeconds(5));
    private readonly Queue<(NodeEvent Event, TimeSpan At)> _inbox = [];
    private MemberState _machine;
    private Connection? _session, _attempt;
    private bool _handling;

    public SimNode(World world, string name, Checkpoint start, double slowness) : base(world, name)
    {
        (Name, Slowness, Step, State, Run) = (name, slowness, start.Step, start.State, start.Run);
        _partials = new(world.Arithmetic.Microbatches, world.Arithmetic.Floats, segmentFloats: 16);
        _machine = MemberMachine.Start(new Hello
        {
            Node = name,
            RecipeHash = "recipe",
            DatasetHash = "dataset",
            KernelFingerprint = "cpu",
            Instance = $"{name}-{world.NewNumber()}",
            Step = start.Step,
            StateDigest = Arithmetic.Text(start.State),
            Run = start.Run,
            Lanes = 1,
            ReplicaAddress = $"http://{name}:1",
            Samples = 100_000,
        }, Timings, world.Now);
        world.Truth.Holds(this);
        After(world.Chance.Between(0, Tick), Ticks);
    }

    public string Name { get; }

    /// <summary>How much slower a microbatch is here.</summary>
    public double Slowness { get; }

    /// <summary>How the process ended by itself; null while it lives or when it was killed.</summary>
    public Finish? Outcome { get; private set; }

    public bool WasAskedToLeave { get; private set; }

    public MemberState Machine => _machine;

    /// <summary>What it is at, for the message of a failure.</summary>
    public string Describe() =>
        $"{Name}: step {Step}, {_machine.Link}, generation {_machine.Plan?.Generation}{(_machine.NextPlan is { } next ? $" (next {next.Generation})" : "")}, {_phase}, work {_machine.PartialsWork} held {_machine.Held} computing {_machine.Computing}, "
        + $"exchange {_exchange?.Describe()}, sums {_machine.SumsFrom} to {_machine.SumsTo}, prepared {_machine.Prepared?.Step} {(_machine.PreparedSent ? "sent" : "")}, committed {_machine.CommittedSteps}{(_machine.Applying ? ", applying" : "")}{(_machine.Fetching ? ", fetching" : "")}{(_machine.MustFetch ? ", must fetch" : "")}";

    public void Leave()
    {
        WasAskedToLeave = true;
        Post(new NodeEvent.LeaveRequested($"{Name} was asked to stop"));
    }

    /// <summary>One event at a time; what comes meanwhile waits.</summary>
    public void Post(NodeEvent happened)
    {
        _inbox.Enqueue((happened, World.Now));
        if (_handling) return;
        _handling = true;
        while (!IsDead && _inbox.TryDequeue(out var next)) Handle(next.Event, next.At);
        _handling = false;
    }

    public override void Accept(Connection connection, object greeting)
    {
        if (greeting is Greeting stream) AcceptExchange(connection, stream);
        else AcceptFetch(connection, (StateAsk)greeting);
    }

    private void Handle(NodeEvent happened, TimeSpan at)
    {
        if (happened is NodeEvent.Broke broke) throw new WorldViolation($"{Name} broke: {broke.Cause}");
        var decision = World.Plant.Decide(_machine, happened, at);
        _machine = decision.State;
        if (decision.Reason is { } reason) World.Trace($"{Name}: {reason}");
        foreach (var effect in decision.Effects) Perform(effect);
    }

    private void Ticks()
    {
        Post(new NodeEvent.Tick());
        After(Tick, Ticks);
    }

    private void Perform(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Dial dial: Dial(dial.Hello); break;
            case NodeEffect.HangUp: HangUp(); break;
            case NodeEffect.Send send: _session?.Up(send.Message); break;
            case NodeEffect.Adopt adopt: Adopt(adopt.Plan, adopt.NodeIndex); break;
            case NodeEffect.CloseExchange: CloseExchange(); break;
            case NodeEffect.BeginStep begin: BeginStep(begin.Step, begin.Work); break;
            case NodeEffect.Retarget retarget: Retarget(retarget.Step, retarget.Work); break;
            case NodeEffect.Compute compute: Compute(compute.Step, compute.Microbatches); break;
            case NodeEffect.Reduce reduce: Reduce(reduce.Generation, reduce.Step); break;
            case NodeEffect.Listen listen: Listen(listen.Generation, listen.FromStep); break;
            case NodeEffect.DropSums drop: DropSums(drop.BeforeStep); break;
            case NodeEffect.Fetch fetch: Fetch(fetch); break;
            case NodeEffect.Apply apply: Apply(apply.Step, apply.WithDigest); break;
            case NodeEffect.Write: Write(); break;
            case NodeEffect.Exit exit: Exit(exit.Finish); break;
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private void Dial(Hello hello)
    {
        HangUp();
        if (hello.StateDigest.Length == 0) hello.StateDigest = Arithmetic.Text(State);
        var coordinator = World.Coordinator;
        if (coordinator is null)
        {
            After(World.Latency(), () => Post(new NodeEvent.Refused("connection refused", Retry: true)));
            return;
        }
        Connection? attempt = null;
        attempt = _attempt = World.Connect(this, coordinator, new NodeMessage { Hello = hello }, message => Hear(attempt!, message));
        After(AttemptTimeout, () =>
        {
            if (_attempt != attempt) return;
            _attempt = null;
            attempt.Close(this, new("it gave up", IsEcho: false));
            Post(new NodeEvent.Refused("no answer in time", Retry: true));
        });
    }

    private void Hear(Connection connection, object message)
    {
        if (connection == _attempt)
        {
            if (message is CoordinatorMessage { BodyCase: CoordinatorMessage.BodyOneofCase.Pulse }) return;
            _attempt = null;
            if (message is CoordinatorMessage { Welcome: { } welcome })
            {
                _session = connection;
                Beats(connection);
                Post(new NodeEvent.Welcomed(welcome));
            }
            else
            {
                var ended = message as Ended ?? throw new WorldViolation($"Hello was answered with {message}");
                Post(new NodeEvent.Refused(ended.Reason, !ended.Refused || ended.Retry));
            }
            return;
        }
        if (connection != _session) return;
        if (message is Ended end)
        {
            _session = null;
            Post(new NodeEvent.SessionLost(end.Reason));
            return;
        }
        var said = (CoordinatorMessage)message;
        Post(said.BodyCase switch
        {
            CoordinatorMessage.BodyOneofCase.Plan => new NodeEvent.Planned(said.Plan),
            CoordinatorMessage.BodyOneofCase.Commit => new NodeEvent.Committed(said.Commit),
            CoordinatorMessage.BodyOneofCase.Finish => new NodeEvent.Finished(said.Finish),
            _ => new NodeEvent.Pulsed(),
        });
    }

    private void HangUp()
    {
        _session?.Close(this, new("it closed its session", IsEcho: false));
        _attempt?.Close(this, new("it closed its session", IsEcho: false));
        (_session, _attempt) = (null, null);
    }

    private void Beats(Connection session)
    {
        if (_session != session) return;
        session.Up(new NodeMessage { Heartbeat = new() { Phase = _phase, Step = Step, Progress = _progress + (_exchange?.SlicesDone ?? 0), WaitsFor = _phase is "reduce" or "prepare" ? "others" : "" } });
        After(Beat, () => Beats(session));
    }

    private void Exit(Finish finish)
    {
        Outcome = finish;
        CloseExchange();
        if (_isScribe && IsWhole) World.Save(new(Step, State, Run));
        World.Trace($"{Name} exits at step {Step}: {finish.Outcome} ({finish.Reason})");
        HangUp();
        World.Truth.Exited(this);
        Die(silently: false);
        if (finish.Outcome == Finish.Types.Outcome.Failed) World.After(1, () => World.Supervise(Name));
    }
}
