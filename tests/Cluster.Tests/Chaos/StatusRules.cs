using Lockstep.Protos;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>What must hold from one status of a run to the next, whatever happens to the cluster.</summary>
internal sealed class StatusRules(int microbatches)
{
    private const string Waiting = "waiting";
    private const int EnoughToRead = 20;
    private readonly List<string> _violations = [];
    private RunStatus? _before, _epochBegin;
    private long _applied, _highestGeneration;

    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Steps committed since the coordinator's last start, as far as it has told.</summary>
    public long CommittedInEpoch => _epochBegin is { } begin && _before is { } last && last.Epoch == begin.Epoch ? last.CommittedSteps - begin.CommittedSteps : 0;

    /// <summary>Steps that a node has applied: a coordinator that runs may never again say fewer.</summary>
    public void NoteApplied(long steps) => _applied = Math.Max(_applied, steps);

    public void Check(RunStatus now)
    {
        if (_before is { } before)
        {
            Forbid(now.Epoch < before.Epoch, $"epoch {now.Epoch} after {before.Epoch}");
            Forbid(before.Run.Length > 0 && now.Run != before.Run, $"run {now.Run} after {before.Run}");
            // What a new coordinator read in its journal may have been decided so late that no node heard of it: that step is computed again.
            var unheard = before.Phase == Waiting && now.Phase != Waiting ? 1 : 0;
            Forbid(now.Epoch == before.Epoch && now.CommittedSteps < before.CommittedSteps - unheard, $"{now.CommittedSteps} committed steps after {before.CommittedSteps} in epoch {now.Epoch}");
        }
        // While it waits for nodes, a new coordinator knows what its journal held; what nodes had applied it learns from them.
        if (now.Phase != Waiting) CheckRunning(now);
        _before = now;
    }

    private void CheckRunning(RunStatus now)
    {
        Forbid(now.CommittedSteps < _applied, $"{now.CommittedSteps} steps are committed in epoch {now.Epoch}, and {_applied} were before");
        _applied = Math.Max(_applied, now.CommittedSteps - 1); // before a step is committed all have applied the one before
        Forbid(now.Generation < _highestGeneration, $"generation {now.Generation} after {_highestGeneration}");
        _highestGeneration = Math.Max(_highestGeneration, now.Generation);
        if (_epochBegin?.Epoch != now.Epoch) _epochBegin = now;
        // Whatever was computed twice, somebody lost. Counters may begin anew with each epoch, in the middle of a step.
        var steps = now.CommittedSteps - _epochBegin.CommittedSteps + 1;
        var computed = now.ComputedMicrobatches - _epochBegin.ComputedMicrobatches;
        var lost = now.LostMicrobatches - _epochBegin.LostMicrobatches;
        Forbid(computed > (steps * microbatches) + lost, $"{computed} microbatches were computed for {steps} steps of epoch {now.Epoch}, and {lost} were lost");
    }

    private void Forbid(bool broken, string what)
    {
        if (broken && _violations.Count < EnoughToRead) _violations.Add(what);
    }
}
