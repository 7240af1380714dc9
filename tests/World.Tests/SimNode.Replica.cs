using Lockstep.Node.Membership;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>The replica: what Trainer, SumStore, StateFetch and ReplicaService do in production.</summary>
internal sealed partial class SimNode
{
    private const int Pieces = 3;
    private const double FetchSilence = 30, PlanDelay = 10;
    private readonly StepPartials _partials;
    private readonly SortedDictionary<long, float[]> _sums = [];
    private readonly List<(Connection Stream, Greeting Greeting)> _early = [];
    private readonly List<Action> _asking = [];
    private SimExchange? _exchange, _lastExchange;
    private Plan? _plan;
    private string _phase = "start";
    private long _progress;
    private int _computed;
    private bool _isScribe, _applying, _fetching, _corrupts;

    /// <summary>Committed steps of the state, and its digest.</summary>
    public long Step { get; private set; }

    public ulong State { get; private set; }

    /// <summary>False while the state is being fetched.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>The run that the state belongs to.</summary>
    public string Run { get; private set; }

    public bool IsComputing { get; private set; }

    /// <summary>The plan that it works by.</summary>
    public Plan? Plan => _plan;

    /// <summary>The real partial sums.</summary>
    public StepPartials Partials => _partials;

    public float[] RentSum(long step) => _sums[step] = new float[World.Arithmetic.Floats];

    /// <summary>A bit of the state turns over while the next step is applied: later than that only error-correcting memory helps.</summary>
    public void Corrupt() => _corrupts = true;

    /// <summary>The exchange has a step's whole sum.</summary>
    public void Summed(Plan plan, long step, bool listens, float[] sum)
    {
        if (!listens) _phase = "prepare";
        var digest = Arithmetic.DigestOf(sum);
        World.Truth.Summed(this, plan, step, digest, listens);
        Post(new NodeEvent.SumReady(new()
        {
            Generation = plan.Generation,
            Step = step,
            SumDigest = digest,
            ComputeSeconds = listens ? 0 : 0.005 * Slowness * Math.Max(1, _computed),
            Loss = 1,
            ComputedMicrobatches = listens ? 0 : _computed,
        }));
    }

    private void Adopt(Plan plan, int nodeIndex)
    {
        CloseExchange();
        _plan = plan;
        Run = plan.Run;
        _isScribe = plan.ScribeIndex == nodeIndex;
        _exchange = _lastExchange = new(this, plan, nodeIndex);
        World.Truth.Adopted(this, plan);
        _exchange.Open();
        var waiting = _early.ToArray();
        _early.Clear();
        foreach (var (stream, greeting) in waiting) AcceptExchange(stream, greeting);
    }

    private void CloseExchange()
    {
        _exchange?.Stop(null);
        _exchange = null;
    }

    // As Collectives.FindAsync: a member may have its plan a little before this node has.
    private void AcceptExchange(Connection stream, Greeting greeting)
    {
        if (stream.IsOver) return;
        var current = _lastExchange;
        if (current is null || (greeting.Run == current.Plan.Run && greeting.Generation > current.Plan.Generation && !World.Plant.ForgetsFences))
        {
            if (stream.ToServer.Target is not List<object>)
            {
                var held = new List<object>();
                stream.ToServer = held.Add;
                After(PlanDelay, () =>
                {
                    if (_early.RemoveAll(e => e.Stream == stream) > 0) stream.Close(this, new($"this node has no plan of generation {greeting.Generation}", IsEcho: false));
                });
            }
            _early.Add((stream, greeting));
            return;
        }
        if (current.Door is null || current.IsOver || greeting.Run != current.Plan.Run)
        {
            stream.Close(this, new($"no exchange of generation {greeting.Generation} here", IsEcho: false));
            return;
        }
        var before = stream.ToServer;
        current.Door.Attach(stream, greeting);
        if (before.Target is not List<object> messages || stream.ToServer == before) return;
        foreach (var message in messages) stream.ToServer(message);
    }

    private void BeginStep(long step, MicrobatchSet work)
    {
        World.Truth.BeginsStep(this, step);
        _computed = 0;
        _partials.Begin(work);
    }

    private void Retarget(long step, MicrobatchSet work)
    {
        _partials.Retarget(work);
        World.Truth.Retargeted(this, step);
    }

    private void Compute(long step, MicrobatchSet microbatches)
    {
        if (IsComputing) throw new WorldViolation($"{Name} is told to compute {microbatches} of step {step} while it computes");
        World.Truth.Computes(this, step, microbatches);
        (_phase, IsComputing) = ("compute", true);
        Next(step, [.. microbatches.Members], 0);
    }

    // Regions become final one after the other.
    private void Next(long step, int[] microbatches, int at)
    {
        if (at == microbatches.Length)
        {
            IsComputing = false;
            _phase = "reduce";
            _computed += microbatches.Length;
            Post(new NodeEvent.Computed(step));
            _exchange?.Advance();
            return;
        }
        var contribution = Arithmetic.Contribution(State, step, microbatches[at], World.Arithmetic.Floats);
        var seconds = 0.005 * Slowness * World.Chance.Between(0.7, 1.5);
        var middle = contribution.Length / 32 * 16;
        After(seconds * 0.8, () =>
        {
            Add(microbatches[at], contribution, 0, middle);
            After(seconds * 0.2, () =>
            {
                Add(microbatches[at], contribution, middle, contribution.Length);
                _progress++;
                World.Truth.Computed(this, step, microbatches[at]);
                Next(step, microbatches, at + 1);
            });
        });
    }

    private void Add(int microbatch, float[] contribution, int first, int end)
    {
        if (first == end) return;
        _partials.Add(microbatch, first, contribution.AsSpan(first, end - first));
        _exchange?.Advance();
    }

    private void Reduce(long generation, long step)
    {
        if (_exchange is null || _exchange.Plan.Generation != generation) throw new WorldViolation($"{Name} is told to reduce step {step} of generation {generation}, but its exchange is another");
        _exchange.Reduce(step, _partials);
    }

    private void Listen(long generation, long fromStep)
    {
        if (_exchange is null || _exchange.Plan.Generation != generation) throw new WorldViolation($"{Name} is told to listen in generation {generation}, but its exchange is another");
        _exchange.Reduce(fromStep, null);
    }

    private void DropSums(long before)
    {
        foreach (var step in _sums.Keys.TakeWhile(key => key < before).ToArray()) _sums.Remove(step);
    }

    private void Apply(long step, bool withDigest)
    {
        if (!_sums.TryGetValue(step, out var sum)) throw new WorldViolation($"{Name} is told to apply step {step}, but holds no sum of it");
        if (_applying || !IsWhole || Step != step) throw new WorldViolation($"{Name} is told to apply step {step} to the state of step {Step} (whole: {IsWhole}, applying: {_applying})");
        World.Truth.Applies(this, step);
        (_phase, _applying) = ("commit", true);
        After(World.Chance.Between(0.002, 0.02), () =>
        {
            _applying = false;
            State = Arithmetic.Next(State, step, sum);
            if (_corrupts)
            {
                _corrupts = false;
                State ^= 1UL << World.Chance.Below(64);
                World.Truth.Corrupted(this);
            }
            Step = step + 1;
            _progress++;
            DropSums(step + 1);
            World.Truth.Holds(this);
            if (_isScribe && Step % World.CheckpointEvery == 0) World.Save(new(Step, State, Run));
            Changed();
            Post(new NodeEvent.Applied(step, withDigest ? Arithmetic.Text(State) : ""));
        });
    }

    private void Changed()
    {
        var asking = _asking.ToArray();
        _asking.Clear();
        foreach (var ask in asking) ask();
    }

    private void AcceptFetch(Connection stream, StateAsk ask)
    {
        if (stream.IsOver) return;
        if (ask.Run != Run)
        {
            stream.Close(this, new($"this node belongs to run '{Run}', not '{ask.Run}'", IsEcho: false));
            return;
        }
        if (!IsWhole || Step < ask.MinStep || _applying)
        {
            _asking.Add(() => AcceptFetch(stream, ask));
            return;
        }
        Send(stream, Step, State, ask.ResumeStep == Step ? ask.ResumePiece : 0);
    }

    private void Send(Connection stream, long step, ulong state, int piece) => After(World.Chance.Between(0.005, 0.06), () =>
    {
        if (stream.IsOver) return;
        if (piece < Pieces)
        {
            stream.Down(new StatePiece(step, piece, state));
            Send(stream, step, state, piece + 1);
            return;
        }
        stream.Down(new StateDone(step, state));
        stream.Close(this, new("it closed the stream", IsEcho: true));
    });

    private void Fetch(NodeEffect.Fetch fetch)
    {
        if (!IsWhole && _fetching) throw new WorldViolation($"{Name} is told to fetch while it fetches");
        if (_applying) throw new WorldViolation($"{Name} is told to fetch while it applies a step");
        if (IsComputing) throw new WorldViolation($"{Name} is told to fetch while it computes");
        (IsWhole, _phase, _fetching) = (false, "fetch", true);
        FetchFrom(fetch, 0, new (long, ulong)[Pieces], new(fetch.Run, fetch.MinStep, 0, 0));
    }

    private void FetchFrom(NodeEffect.Fetch fetch, int donor, (long Step, ulong State)[] pieces, StateAsk ask)
    {
        if (donor == fetch.Donors.Count)
        {
            _fetching = false;
            Post(new NodeEvent.FetchFailed("no peer could serve its state"));
            return;
        }
        if (World.NodeAt(fetch.Donors[donor]) is not { } peer)
        {
            After(World.Latency(), () => FetchFrom(fetch, donor + 1, pieces, ask));
            return;
        }
        var (over, heard) = (false, World.Now);
        Connection? stream = null;
        stream = World.Connect(this, peer, ask, message =>
        {
            if (over) return;
            heard = World.Now;
            switch (message)
            {
                case StatePiece piece:
                    (Step, State) = (piece.Step, 0);
                    pieces[piece.Number] = (piece.Step, piece.State);
                    ask = ask with { ResumeStep = piece.Step, ResumePiece = piece.Number + 1 };
                    _progress++;
                    break;
                case StateDone done when pieces.All(piece => piece == (done.Step, done.State)):
                    over = true;
                    stream!.Close(this, new("done", IsEcho: true));
                    Receive(done);
                    break;
                case StateDone:
                    ask = ask with { ResumeStep = 0, ResumePiece = 0 };
                    GoOn();
                    break;
                default:
                    GoOn();
                    break;
            }
        });
        Watch();

        void GoOn()
        {
            over = true;
            stream!.Close(this, new("it gave up", IsEcho: true));
            FetchFrom(fetch, donor + 1, pieces, ask);
        }

        void Watch() => After(1, () =>
        {
            if (over) return;
            if ((World.Now - heard).TotalSeconds >= FetchSilence) GoOn();
            else Watch();
        });
    }

    private void Receive(StateDone done)
    {
        (Step, State, IsWhole, _fetching) = (done.Step, done.State, true, false);
        World.Truth.Fetched(this);
        Changed();
        Post(new NodeEvent.Fetched(done.Step, Arithmetic.Text(done.State)));
    }
}
