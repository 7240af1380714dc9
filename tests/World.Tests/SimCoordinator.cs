using Lockstep.Coordinator;
using Lockstep.Coordinator.Hosting;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Tests.Journal;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>What RunLoop, CoordinatorService and ReduceHub are in production, around the real RunMachine and journal.</summary>
internal sealed class SimCoordinator : Process
{
    private const double Tick = 0.05, Pulse = 0.25, JournalRetry = 1, Drain = 10;
    private readonly IJournal _journal;
    private readonly Dictionary<int, Connection> _sessions = [];
    private readonly Queue<(RunEvent Event, TimeSpan At)> _inbox = [];
    private readonly Queue<RunEffect> _effects = [];
    private ExchangeDoor? _hub;
    private string _absence = "no generation has begun";
    private bool _handling, _waits;
    private int _lastSession;

    public SimCoordinator(World world, string host, SimulatedDisk disk, CoordinatorOptions options) : base(world, host)
    {
        (Disk, Adopts) = (disk, options.Adopt);
        _journal = new SteadyJournal(FileJournal.Open(disk, new ProcessTime(this), _ => { }));
        State = RunStart.From(_journal, options);
        world.Trace($"the coordinator starts on {host}: start {State.Epoch}, generation {State.Generation}, {State.CommittedSteps} committed steps");
        After(world.Chance.Between(0, Tick), Ticks);
        After(world.Chance.Between(0, Pulse), Pulses);
    }

    public SimulatedDisk Disk { get; }

    /// <summary>It may take a run over from its nodes.</summary>
    public bool Adopts { get; }

    public RunState State { get; private set; }

    /// <summary>The plan of the running generation.</summary>
    public Plan? Plan { get; private set; }

    /// <summary>The nodes with a session, by its number.</summary>
    public SimNode? NodeOf(int session) => _sessions.GetValueOrDefault(session)?.Client as SimNode;

    public override void Accept(Connection connection, object greeting)
    {
        if (greeting is Greeting stream)
        {
            if (_hub is { } hub) hub.Attach(connection, stream);
            else connection.Close(this, new(_absence, IsEcho: false));
            return;
        }
        var session = ++_lastSession;
        _sessions[session] = connection;
        connection.ToServer = message => Hear(session, message);
        Hear(session, greeting);
    }

    private void Hear(int session, object message)
    {
        if (message is Ended ended)
        {
            Post(new RunEvent.NodeLost(session, ended.Reason));
            _sessions.Remove(session);
            return;
        }
        var said = (NodeMessage)message;
        Post(said.BodyCase switch
        {
            NodeMessage.BodyOneofCase.Hello => new RunEvent.NodeGreeted(session, said.Hello),
            NodeMessage.BodyOneofCase.Ready => new RunEvent.NodeReady(session),
            NodeMessage.BodyOneofCase.Prepared => new RunEvent.NodePrepared(session, said.Prepared),
            NodeMessage.BodyOneofCase.Failed => new RunEvent.NodeFailed(session, said.Failed.Reason),
            NodeMessage.BodyOneofCase.Leave => new RunEvent.NodeLeave(session, said.Leave.Reason),
            NodeMessage.BodyOneofCase.Saved => new RunEvent.NodeSaved(session),
            NodeMessage.BodyOneofCase.ReduceFailed => new RunEvent.NodeReduceFailed(session, said.ReduceFailed),
            _ => new RunEvent.NodeHeard(session, said.Heartbeat),
        });
    }

    private void Post(RunEvent happened)
    {
        _inbox.Enqueue((happened, World.Now - Born));
        Go();
    }

    // An event counts from when it came; while the disk is full those that come wait.
    private void Go()
    {
        if (_handling) return;
        _handling = true;
        while (!IsDead && !_waits && _inbox.TryDequeue(out var next))
        {
            var before = State;
            var decision = World.Plant.Decide(before, next.Event, next.At);
            State = decision.State;
            if (decision.Reason is { } reason) World.Trace($"coordinator: {reason}");
            World.Truth.Decided(this, before, decision);
            foreach (var effect in decision.Effects) _effects.Enqueue(effect);
            Perform();
        }
        _handling = false;
    }

    private void Perform()
    {
        while (_effects.TryPeek(out var effect))
        {
            if (effect is RunEffect.Record record && !TryRecord(record))
            {
                _waits = true;
                After(JournalRetry, () =>
                {
                    _waits = false;
                    Perform();
                    if (!_waits) Go();
                });
                return;
            }
            _effects.Dequeue();
            Perform(effect);
        }
        if (State.Outcome is not null && !_ending)
        {
            _ending = true;
            After(Drain, () => Die(silently: false));
        }
    }

    private bool _ending;

    private bool TryRecord(RunEffect.Record record)
    {
        try
        {
            _journal.Append(record.Entry, record.Durable);
            return true;
        }
        catch (JournalException e)
        {
            if (State.Outcome is not null) return true;
            World.Trace($"coordinator: {e.Message}");
            return false;
        }
    }

    private void Perform(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.SendWelcome welcome: Send(welcome.Session, new() { Welcome = welcome.Welcome }); break;
            case RunEffect.SendPlan plan: Send(plan.Session, new() { Plan = plan.Plan }); break;
            case RunEffect.SendCommit commit:
                World.Truth.Commits(this, commit);
                Send(commit.Session, new() { Commit = commit.Commit });
                break;
            case RunEffect.SendFinish finish: Send(finish.Session, new() { Finish = finish.Finish }); break;
            case RunEffect.Reject reject: Reject(reject); break;
            case RunEffect.BeginReduce begin:
                EndReduce();
                Plan = begin.Plan;
                World.Truth.Begins(this, begin.Plan);
                if (begin.Plan.Reducer == "hub") _hub = new(this, ReduceGeneration.ForHub(begin.Plan), begin.Plan);
                else _absence = $"the members of generation {begin.Plan.Generation} sum without the coordinator";
                break;
            case RunEffect.EndReduce: EndReduce(); break;
            case RunEffect.Record or RunEffect.Warn: break;
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private void EndReduce()
    {
        if (_hub is null) return;
        _absence = $"generation {_hub.Plan.Generation} is over";
        _hub.End(null);
        _hub = null;
    }

    private void Reject(RunEffect.Reject reject)
    {
        if (!_sessions.Remove(reject.Session, out var session)) return;
        session.Close(this, new(reject.Reason, IsEcho: false, Refused: true, Retry: reject.Retry));
        Post(new RunEvent.NodeLost(reject.Session, "it was refused"));
    }

    private void Send(int session, CoordinatorMessage message) => _sessions.GetValueOrDefault(session)?.Down(message);

    private void Ticks()
    {
        Post(new RunEvent.Tick());
        After(Tick, Ticks);
    }

    private void Pulses()
    {
        foreach (var session in _sessions.Values) session.Down(new CoordinatorMessage { Pulse = new() });
        After(Pulse, Pulses);
    }
}
