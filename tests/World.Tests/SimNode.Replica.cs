using Lockstep.Node.Membership;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>The replica: what Trainer, SumStore and Collectives do in production.</summary>
internal sealed partial class SimNode
{
    private const double PlanDelay = 10;
    private readonly StepPartials _partials;
    private readonly SortedDictionary<long, float[]> _sums = [];
    private readonly List<(Connection Stream, Greeting Greeting)> _early = [];
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

    // The disk has it only at the end.
    private void Write() => After(World.Chance.OneIn(4) ? World.Chance.Between(0.3, 3) : World.Chance.Between(0.01, 0.3), () =>
    {
        if (_applying || !IsWhole) throw new WorldViolation($"{Name} writes the end while its state changes");
        World.Save(new(Step, State, Run));
        World.Truth.Saved(this);
        Post(new NodeEvent.Written());
    });

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
}
