using System.Diagnostics;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Models.Watch;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Collectives;
using Lockstep.Node.Data;
using Lockstep.Node.Membership;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Replica.NotFinite;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>
/// Does what <see cref="MemberMachine"/> decides about the replica, and answers with events. The numbers are those of
/// docs/architecture.md: 1 plan, 2 load, 3 compute, 4 reduce, 5 prepare, 6 commit, 7 after. What takes time runs beside the
/// caller, who calls one method at a time.
/// </summary>
public sealed class Trainer : IAsyncDisposable
{
    private readonly IPretrainingMethod _method;
    private readonly ReplicaGate _gate;
    private readonly RunShape _shape;
    private readonly Uri _coordinator;
    private readonly Collectives.Collectives _collectives;
    private readonly Func<Plan, bool, Task<IScribe>> _scribes;
    private readonly Action<NodeEvent> _post;
    private readonly NodeData _images;
    private readonly DataFeed _data;
    private readonly LanePool _lanes;
    private readonly StepPartials _partials, _none;
    private readonly SumStore _sums;
    private readonly StepClock _clock;
    private readonly NodeTelemetry _telemetry;
    private readonly RecentSteps _recent = new();
    private readonly StepDiagnosis _diagnosis;
    private readonly IRunWatch? _watch;
    private (long Step, StepReport? Report) _lastApplied; // the last step that was applied here
    private readonly CancellationTokenSource _ending = new();
    private Plan? _plan;
    private IScribe? _scribe;
    private IAllReduce? _exchange;
    private CancellationTokenSource _exchangeEnd = new();
    private Task _exchanging = Task.CompletedTask, _computing = Task.CompletedTask, _changing = Task.CompletedTask, _handingOver = Task.CompletedTask;
    private (long Sent, long Received) _bytesBefore;
    private DataCounts _readBefore;
    private int _computed;
    private int _owesCurves; // 1: with the next heartbeat
    private volatile string _phase = "start";
    private volatile bool _adopting;
    private long _step, _applied;
    private long _agreed, _digestOf = -1; // the last step after which all states were found equal, and the one that is being compared

    public Trainer(
        IPretrainingMethod method, ReplicaGate gate, RunShape shape, int lanes, ComputeDevice device, Uri coordinator, Collectives.Collectives collectives,
        NodeData images, Func<MicrobatchSet, MicrobatchBlock, long, long, MicrobatchPrefetcher> prefetch, Func<Plan, bool, Task<IScribe>> scribes, NodeTelemetry telemetry, Action<NodeEvent> post,
        StepDiagnosis diagnosis)
    {
        (_method, _gate, _shape, _coordinator, _collectives, _images, _scribes, _post) = (method, gate, shape, coordinator, collectives, images, scribes, post);
        (_telemetry, _clock, _data) = (telemetry, new(telemetry.Booked), new(prefetch));
        (_diagnosis, _watch) = (diagnosis, method.CreateWatch());
        _lanes = new(method, gate.State, lanes, shape.MicrobatchSize, device, TimeProvider.System);
        var floats = (int)method.Contribution.Length;
        (_partials, _none) = (new(shape.Microbatches, floats), new(shape.Microbatches, floats));
        _none.Begin(MicrobatchSet.Empty);
        _agreed = gate.State.Step;
        _sums = new(method);
    }

    /// <summary>What the node does now, for its heartbeat; from any thread.</summary>
    public Heartbeat Heartbeat()
    {
        var exchange = _exchange;
        var phase = _adopting ? "plan" : _phase; // then nobody else is waited for: a folder that hangs shows
        return new()
        {
            Phase = phase,
            Step = Volatile.Read(ref _step),
            Progress = _lanes.Computed + Volatile.Read(ref _applied) + (exchange?.SlicesDone ?? 0) + (_scribe?.Progress ?? 0),
            WaitsFor = phase switch
            {
                "reduce" or "prepare" => exchange?.WaitsFor is { Length: > 0 } slice ? slice : "others",
                "compute" => _images.Reads.Outage, // a node that waits for its disk is not stuck: it gives up by itself
                _ => "",
            },
            Knn = _scribe?.Knn,
            Curves = Interlocked.Exchange(ref _owesCurves, 0) == 1 ? _scribe?.Curves() : null,
        };
    }

    // :: 1  plan: the exchange of the new generation replaces the old one's
    public async Task AdoptAsync(Plan plan, int nodeIndex)
    {
        await CloseExchangeAsync();
        (_plan, _exchangeEnd) = (plan, new());
        _gate.Run = plan.Run; // from here on peers and evaluators may ask for the state
        _exchange = _collectives.Open(plan, nodeIndex, (int)_method.Contribution.Length, _coordinator);
        _bytesBefore = default;
        var me = plan.MemberOf(nodeIndex)!;
        _telemetry.Adopted(plan, me.Listens);
        if (!me.Listens) _data.Expect(me.Work.ToBlock(), plan.TotalSteps);
        _adopting = true;
        try
        {
            await UseScribeAsync(plan, plan.ScribeIndex == nodeIndex);
            Volatile.Write(ref _owesCurves, 1);
        }
        finally
        {
            _adopting = false;
        }
    }

    public async Task CloseExchangeAsync()
    {
        if (_exchange is not { } exchange) return;
        await _exchangeEnd.CancelAsync();
        await exchange.DisposeAsync();
        await _exchanging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _telemetry.CutOff(_phase);
        _exchangeEnd.Dispose();
        _exchange = null;
    }

    public void BeginStep(long step, MicrobatchSet work)
    {
        _clock.Reset();
        _clock.Start();
        _computed = 0;
        Volatile.Write(ref _step, step);
        _telemetry.Began(step);
        _partials.Begin(work);
    }

    public void Retarget(MicrobatchSet work) => _partials.Retarget(work);

    // :: 2, 3  load and compute: the lanes take the microbatches one by one
    public void Compute(long step, MicrobatchSet microbatches)
    {
        _phase = "compute";
        _computing = Beside(async () =>
        {
            _clock.End(StepPhase.Prepare); // of a step that is open again
            using var data = _data.For(step, microbatches);
            var waited = await _lanes.ComputeAsync(step, [.. microbatches.Members], data.Prefetcher, _partials, _ending.Token);
            _computed += microbatches.Count;
            _clock.End(StepPhase.Compute);
            _clock.Move(StepPhase.Compute, StepPhase.Load, waited);
            _telemetry.Waited(waited);
            _phase = "reduce";
            _post(new NodeEvent.Computed(step));
        });
    }

    // :: 4  reduce: blocks out as they become final, the tree sum of all M microbatches in
    public void Reduce(long generation, long step) => _exchanging = ExchangeAsync(generation, step, _exchange!, _exchangeEnd.Token, once: true);

    public void Listen(long generation, long fromStep)
    {
        _phase = "fetch";
        _computed = 0;
        _exchanging = ExchangeAsync(generation, fromStep, _exchange!, _exchangeEnd.Token, once: false);
    }

    public void DropSums(long beforeStep) => _sums.DropBefore(beforeStep);

    /// <summary>Fetches a peer's state over this node's own.</summary>
    public void Fetch(string run, IReadOnlyList<string> donors, long minStep, string recipeHash) => _changing = Beside(async () =>
    {
        _phase = "fetch";
        using var heal = _telemetry.Heal(run, minStep);
        await _gate.SetWholeAsync(false);
        try
        {
            var digest = await StateFetch.RunAsync(donors, run, recipeHash, minStep, _gate.State, () => Interlocked.Increment(ref _applied), _collectives.Identity, _ending.Token);
            await _gate.SetWholeAsync(true);
            (_agreed, _digestOf) = (_gate.State.Step, -1);
            heal.Done();
            _post(new NodeEvent.Fetched(_gate.State.Step, digest));
        }
        catch (IOException e)
        {
            heal.Failed("no_donor", e.Message);
            _post(new NodeEvent.FetchFailed(e.Message));
        }
    });

    // :: 6, 7  commit: optimizer, teacher, statistics; after: metrics and, now and then, a checkpoint
    public void Apply(long step, bool withDigest) => _changing = Beside(async () =>
    {
        _clock.End(StepPhase.Prepare);
        _phase = "commit";
        var sum = _sums.Of(step);
        var heard = Stopwatch.GetTimestamp();
        var (report, updated, digest) = await _gate.ChangeAsync(state => (_method.Apply(state, sum), Stopwatch.GetTimestamp(), withDigest ? state.Digest() : ""));
        _telemetry.Updated(heard, updated, report.TeacherSeconds);
        if (_digestOf == step) _agreed = step; // this commit says that all had the same
        _digestOf = withDigest ? step + 1 : -1;
        if (!report.Finite && !report.IsSkipped) throw new NonFiniteStepException($"step {step} is committed, but its loss or gradient is not finite here: this node's state or memory is not that of the others");
        if (_watch is not null) report = _watch.Next(step, report, sum);
        _lastApplied = (step, report);
        _clock.End(StepPhase.Commit);
        _phase = "after";
        var bytes = _exchange is { } exchange ? (Sent: exchange.BytesSent, Received: exchange.BytesReceived) : _bytesBefore;
        var read = _images.Counts;
        var outcome = new StepOutcome(
            step, report, digest, _plan!, _clock.Seconds(), bytes.Sent - _bytesBefore.Sent, bytes.Received - _bytesBefore.Received, read - _readBefore);
        (_bytesBefore, _readBefore) = (bytes, read);
        _recent.Add(outcome);
        if (_scribe is not null) await _scribe.AfterStepAsync(outcome);
        _telemetry.Applied(outcome, _computed, _scribe is { Writes: true });
        _clock.Carry(StepPhase.After);
        _sums.DropBefore(step + 1);
        Interlocked.Increment(ref _applied);
        _post(new NodeEvent.Applied(step, digest));
    });

    /// <summary>Finds out why the open step is not finite. The scribe writes it down, and every node ends with the same message.</summary>
    public void Diagnose(long step) => _changing = Beside(async () =>
    {
        _phase = "diagnose";
        using var data = _data.For(step, MicrobatchSet.Of(new MicrobatchBlock(0, _shape.Microbatches)));
        var report = await Task.Run(() => _diagnosis.Run(_gate.State, _sums.Of(step), _gate.Run, data.Prefetcher, () => Interlocked.Increment(ref _applied), _ending.Token));
        if (_scribe is not null) await _scribe.WriteAsync(report);
        throw new NonFiniteStepException(report.Describe(_scribe?.RunFolder ?? ""));
    });

    /// <summary>Writes the run's end as its scribe.</summary>
    public void Write(Plan plan) => _changing = Beside(async () =>
    {
        _phase = "after";
        await UseScribeAsync(plan, isScribe: true);
        await _scribe!.FinishAsync();
        _post(new NodeEvent.Written());
    });

    /// <summary>Waits for what is running, and writes what must be kept.</summary>
    /// <param name="isDoubtful">The state may be wrong: it is not kept.</param>
    public async Task FinishAsync(bool isDoubtful)
    {
        await _ending.CancelAsync();
        await CloseExchangeAsync();
        await Task.WhenAll(_computing, _changing, _handingOver);
        if (_scribe is null) return;
        if (isDoubtful || !_gate.IsWhole) await _scribe.HandOverAsync(isDoubtful ? _agreed + 1 : null);
        else await _scribe.FinishAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await CloseExchangeAsync();
        await Task.WhenAll(_computing, _changing, _handingOver);
        (_scribe as IDisposable)?.Dispose();
        _data.Dispose();
        _lanes.Dispose();
        _sums.Dispose();
        _ending.Dispose();
    }

    private async Task ExchangeAsync(long generation, long step, IAllReduce exchange, CancellationToken ct, bool once)
    {
        await Task.Yield();
        try
        {
            do
            {
                var held = await _sums.RentAsync(step, ct);
                await exchange.ReduceAsync(step, once ? _partials : _none, held.Memory, ct);
                ct.ThrowIfCancellationRequested();
                if (once)
                {
                    await _computing; // the last slice may be back before the lanes have said that they are done
                    _clock.End(StepPhase.Reduce);
                    _phase = "prepare";
                    // The state is that of the step: it is applied only when this node has said that it holds the sum.
                    if (_method.Judge(_gate.State, held.Sum) == StepVerdict.Stop)
                    {
                        _telemetry.Refused();
                        _post(new NodeEvent.SumRefused(generation, step));
                        return;
                    }
                }
                var prepared = new Prepared
                {
                    Generation = generation,
                    Step = step,
                    SumDigest = StateDigest.Of(held.Sum),
                    ComputeSeconds = once ? _clock[StepPhase.Compute] : 0,
                    DataSeconds = once ? _clock[StepPhase.Load] : 0,
                    Loss = held.Sum.SpanOf("stat.loss")[0] / _shape.Microbatches,
                    ReplacedSamples = _images.Broken.Replaced,
                    ComputedMicrobatches = once ? _computed : 0,
                };
                if (once && _lastApplied is (var before, { } report) && before == step - 1) StepWords.Tell(report, prepared);
                _post(new NodeEvent.SumReady(prepared));
                step++;
            }
            while (!once);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The generation is over.
        }
        catch (AllReduceException e)
        {
            _telemetry.Broke(e.Message);
            if (!ct.IsCancellationRequested) _post(new NodeEvent.ExchangeBroke(new() { Generation = generation, Step = step, PeerIndex = e.PeerIndex, Reason = e.Message }));
        }
        catch (Exception e)
        {
            _post(new NodeEvent.Broke(e));
        }
    }

    private async Task UseScribeAsync(Plan plan, bool isScribe)
    {
        if (_scribe is not null && _scribe.Writes == isScribe && _scribe.Use(plan)) return;
        if (_scribe is { } before) _handingOver = HandOverAsync(before, _handingOver, plan.DiscardState ? _agreed + 1 : null);
        _scribe = null;
        _scribe = await _scribes(plan, isScribe);
        await _scribe.CatchUpAsync(_recent);
    }

    // Beside the training: the disk may hang.
    private static async Task HandOverAsync(IScribe scribe, Task earlier, long? doubtfulFrom)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await scribe.HandOverAsync(doubtfulFrom);
        }
        finally
        {
            (scribe as IDisposable)?.Dispose();
        }
    }

    // A failure becomes an event: the machine tells the coordinator and ends the node.
    private async Task Beside(Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The node ends.
        }
        catch (Exception e)
        {
            _post(new NodeEvent.Broke(e));
        }
    }
}
