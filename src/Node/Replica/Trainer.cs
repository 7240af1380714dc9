using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Collectives;
using Lockstep.Node.Data;
using Lockstep.Node.Session;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>
/// A node's part of one generation, step by step. The numbers are those of docs/architecture.md:
/// 1 plan, 2 load, 3 compute, 4 reduce, 5 prepare, 6 commit, 7 after.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IPretrainingMethod _method;
    private readonly ReplicaGate _gate;
    private readonly RunShape _shape;
    private readonly Plan _plan;
    private readonly CoordinatorSession _session;
    private readonly IAllReduce _allReduce;
    private readonly IScribe _scribe;
    private readonly MicrobatchPrefetcher _data;
    private readonly LanePool _lanes;
    private readonly BlockAccumulator _partials;
    private readonly FlatBuffer _sum;
    private readonly FlatMemory _sumMemory;
    private readonly StepClock _clock = new();
    private string _digest = "";
    private (long Sent, long Received) _bytesBefore;

    public Trainer(
        IPretrainingMethod method, ReplicaGate gate, RunShape shape, Plan plan, int lanes,
        CoordinatorSession session, IAllReduce allReduce, IScribe scribe, Func<Plan, MicrobatchPrefetcher> prefetch)
    {
        (_method, _gate, _shape, _plan, _session, _allReduce, _scribe) = (method, gate, shape, plan, session, allReduce, scribe);
        _data = prefetch(plan);
        _lanes = new LanePool(method, gate.State, Math.Max(1, Math.Min(lanes, plan.MicrobatchCount)), shape.MicrobatchSize);
        _partials = new BlockAccumulator(plan.Microbatches, plan.FirstMicrobatch, plan.MicrobatchCount, (int)method.Contribution.Length);
        _sum = new FlatBuffer(method.Contribution);
        _sumMemory = new FlatMemory(_sum);
    }

    /// <summary>Trains until the coordinator ends the run or the generation.</summary>
    public async Task<SessionEvent> RunAsync(CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _session.Ended);
        _digest = _gate.State.Digest();
        _clock.End(StepPhase.Plan); // :: 1  the plan of this generation is in hand
        _clock.Reset();
        while (true)
        {
            var outcome = await StepAsync(_gate.State.Step, ended.Token);
            if (outcome is not Committed) return outcome;
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _lanes.Dispose();
        ((IDisposable)_sumMemory).Dispose();
        _sum.Dispose();
    }

    private async Task<SessionEvent> StepAsync(long step, CancellationToken cancellationToken)
    {
        // :: 2, 3  load and compute: the lanes take the node's microbatches one by one
        _session.SetPhase("compute", step);
        _partials.Reset();
        var waited = await _lanes.ComputeAsync(step, _plan.FirstMicrobatch, _plan.MicrobatchCount, _data, _partials, cancellationToken);
        _clock.End(StepPhase.Compute);
        _clock.Move(StepPhase.Compute, StepPhase.Load, waited);

        // :: 4  reduce: blocks out, the tree sum of all M microbatches in
        _session.SetPhase("reduce", step);
        await _allReduce.ReduceAsync(step, new CompletedPartials(_partials), _sumMemory.Memory, cancellationToken);
        _clock.End(StepPhase.Reduce);

        // :: 5  prepare: nobody applies a step that somebody does not hold
        _session.SetPhase("prepare", step);
        var outcome = await _session.PrepareAsync(new Prepared
        {
            Generation = _plan.Generation,
            Step = step,
            SumDigest = StateDigest.Of(_sum),
            StateDigest = _digest,
            ComputeSeconds = _clock[StepPhase.Compute],
            DataSeconds = _clock[StepPhase.Load],
            Loss = _sum.SpanOf("stat.loss")[0] / _plan.Microbatches,
            ReplacedSamples = _data.ReplacedSamples,
        }, cancellationToken);
        _clock.End(StepPhase.Prepare);
        if (outcome is not Committed { Commit: var commit }) return outcome;

        // :: 6  commit: optimizer, teacher, statistics
        _session.SetPhase("commit", step);
        var (report, digest) = await _gate.WithAsync(state => (_method.Apply(state, _sum), state.Digest()), CancellationToken.None); // committed is committed
        if (!report.Finite) throw new NonFiniteStepException(step, _shape.EpochOf(step), _scribe.RunFolder);
        _digest = digest;
        _clock.End(StepPhase.Commit);

        // :: 7  after: metrics and, now and then, a checkpoint
        _session.SetPhase("after", step);
        var bytes = (Sent: _allReduce.BytesSent, Received: _allReduce.BytesReceived);
        await _scribe.AfterStepAsync(new StepOutcome(
            step, report, _digest, _plan, _clock, bytes.Sent - _bytesBefore.Sent, bytes.Received - _bytesBefore.Received));
        _bytesBefore = bytes;
        _clock.Reset();
        _clock.End(StepPhase.After);
        return commit.Last ? new Finished(await _session.FinishedAsync(cancellationToken)) : outcome;
    }
}
