using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>What is so, whatever the processes believe; and what must never be.</summary>
internal sealed class Truth(World world)
{
    // By reference: two coordinators may make equal plans.
    private readonly Dictionary<Plan, Dictionary<(long Step, int Offset), int[]>> _added = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Plan, HashSet<(long Step, SimNode)>> _summed = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<(long Epoch, long Generation, long Step)> _commits = [];
    private readonly Dictionary<SimNode, (long Step, HashSet<int> Microbatches)> _computed = [];
    private readonly HashSet<SimNode> _corrupt = [];
    private long _seen;

    /// <summary>Microbatches computed, by anybody.</summary>
    public long ComputedMicrobatches { get; private set; }

    /// <summary>Steps committed again after all who held them were lost, and beginnings from nothing.</summary>
    public long Fallbacks { get; private set; }

    /// <summary>Somebody has written the state of the last step as the run's end.</summary>
    public bool HasEnd { get; private set; }

    public int Fetches { get; private set; }

    public int Healings { get; private set; }

    public long Gatherings { get; private set; }

    public void Corrupted(SimNode node) => _corrupt.Add(node);

    /// <summary>A node holds a state.</summary>
    public void Holds(SimNode node)
    {
        if (_corrupt.Contains(node)) return;
        Require(node.State == world.Arithmetic.StateAt(node.Step), $"{node.Name} holds a state of step {node.Step} that is not that of a run without faults");
    }

    public void Saved(SimNode node)
    {
        Holds(node);
        HasEnd |= node.Step == world.Shape.Steps;
    }

    public void Fetched(SimNode node)
    {
        Fetches++;
        if (_corrupt.Remove(node)) Healings++;
        _computed.Remove(node);
        Holds(node);
    }

    public void Adopted(SimNode node, Plan plan)
    {
        var me = plan.MemberOf(node.Machine.Index);
        Require(me is not null && me.Node == node.Name, $"{node.Name} takes the part of {me?.Node}");
    }

    /// <summary>An owner of a slice has taken a block.</summary>
    public void Added(Slice slice)
    {
        if (!_added.TryGetValue(slice.Plan, out var sums)) _added[slice.Plan] = sums = [];
        if (!sums.TryGetValue((slice.Step, slice.Offset), out var counts)) sums[(slice.Step, slice.Offset)] = counts = new int[world.Arithmetic.Microbatches];
        for (var m = slice.Block.First; m < slice.Block.End; m++) Require(++counts[m] == 1, $"microbatch {m} of step {slice.Step} is twice in the sum at {slice.Offset}");
    }

    /// <summary>A node's exchange has a step's sum.</summary>
    public void Summed(SimNode node, Plan plan, long step, string digest, bool listens)
    {
        Require(_corrupt.Count > 0 || digest == world.Arithmetic.SumAt(step), $"{node.Name} holds a sum of step {step} that is not that of a run without faults");
        if (listens) return;
        if (!_summed.TryGetValue(plan, out var holders)) _summed[plan] = holders = [];
        holders.Add((step, node));
    }

    /// <summary>The coordinator's state changes.</summary>
    public void Decided(SimCoordinator coordinator, RunState before, RunDecision decision)
    {
        var after = decision.State;
        if (after.CommittedSteps < before.CommittedSteps || (before.Phase == RunPhase.Waiting && after.Phase == RunPhase.Running)) Gathers(coordinator, before, after);
        if (after.CommittedSteps > before.CommittedSteps && before.Phase == RunPhase.Running)
            Require(after.CommittedSteps == before.CommittedSteps + 1, $"committed steps jump from {before.CommittedSteps} to {after.CommittedSteps}");
        if (after.Run == before.Run) Require(after.Generation >= before.Generation, $"the generation goes back from {before.Generation} to {after.Generation}");
        if (world.IsCalm && after.Faults.Length > before.Faults.Length)
            Require(after.Faults[^1].Kind is "left" or "straggler", $"a false alarm: {after.Faults[^1].Text}");
        if (after.Outcome is { Outcome: Finish.Types.Outcome.Completed }) Require(HasEnd, "the run has completed, but nobody has written the state of the last step");
        foreach (var commit in decision.Effects.OfType<RunEffect.SendCommit>()) Prepared(coordinator, before, commit);
    }

    /// <summary>A generation begins.</summary>
    public void Begins(SimCoordinator coordinator, Plan plan)
    {
        foreach (var step in new[] { plan.FirstStep, plan.FirstStep + 1 })
        {
            var counts = new int[plan.Microbatches];
            foreach (var member in plan.Members)
            {
                foreach (var m in plan.WorkAt(member, step).Members) counts[m]++;
            }
            Require(counts.All(count => count == 1), $"the shares of generation {plan.Generation} at step {step} are not [0, {plan.Microbatches}) once: {string.Join(" ", plan.Members.Select(m => $"{m.Node} {plan.WorkAt(m, step)}"))}");
        }
        Require(plan.FirstStep >= 0, $"generation {plan.Generation} begins at step {plan.FirstStep}");
        Require(plan.Members.Select(member => member.NodeIndex).Distinct().Count() == plan.Members.Count, "two members have one number");
    }

    /// <summary>A commit goes out: the sum that it is about holds every microbatch once.</summary>
    public void Commits(SimCoordinator coordinator, RunEffect.SendCommit commit)
    {
        var key = (coordinator.State.Epoch, commit.Commit.Generation, commit.Commit.Step);
        if (!_commits.Add(key)) return;
        _seen = Math.Max(_seen, commit.Commit.Step + 1);
        world.LastCommit = world.Now;
    }

    /// <summary>A node is about to apply a step.</summary>
    public void Applies(SimNode node, long step)
    {
        var (plan, newest) = (node.Plan!, node.Machine.NextPlan ?? node.Plan!);
        // A run that is complete has committed every step, in whatever generation.
        var isComplete = node.Machine.Outcome is { Outcome: Finish.Types.Outcome.Completed };
        var known = _commits.Any(commit => commit.Step == step && (isComplete || commit.Generation == newest.Generation || (step < newest.FirstStep && commit.Generation < newest.Generation)));
        Require(known, $"{node.Name} applies step {step} in generation {plan.Generation} (from step {plan.FirstStep}), in which it was not committed");
    }

    public void BeginsStep(SimNode node, long step)
    {
        var again = _computed.TryGetValue(node, out var done) && done.Step == step && done.Microbatches.Count > 0;
        Require(!again, $"{node.Name} begins step {step} anew and forgets what it computed of it: {string.Join(" ", done.Microbatches ?? [])}");
        _computed[node] = (step, []);
    }

    public void Retargeted(SimNode node, long step)
    {
        Require(node.Partials.Held.Equals(node.Machine.Held), $"{node.Name} believes to hold {node.Machine.Held} of step {step}, but holds {node.Partials.Held}");
        _computed[node].Microbatches.IntersectWith(node.Partials.Held.Members);
    }

    public void Computes(SimNode node, long step, MicrobatchSet microbatches)
    {
        Require(node.Step == step && node.IsWhole, $"{node.Name} computes step {step} from a state of step {node.Step}");
        Require(node.Partials.Held.Intersect(microbatches).IsEmpty, $"{node.Name} computes {microbatches} of step {step}, of which it holds {node.Partials.Held}");
    }

    public void Computed(SimNode node, long step, int microbatch)
    {
        ComputedMicrobatches++;
        if (_computed.TryGetValue(node, out var done) && done.Step == step) Require(done.Microbatches.Add(microbatch), $"{node.Name} computed microbatch {microbatch} of step {step} twice");
    }

    public void Exited(SimNode node)
    {
        var finish = node.Outcome!;
        if (finish.Outcome == Finish.Types.Outcome.Left && node.WasAskedToLeave) return;
        if (finish.Outcome == Finish.Types.Outcome.Failed && !node.IsWhole) return; // it begins again from a checkpoint
        Require(finish.Outcome == Finish.Types.Outcome.Completed || world.Coordinators.Any(c => c.State.Outcome is not null), $"{node.Name} ends {finish.Outcome} though the run goes on: {finish.Reason}");
    }

    public void Require(bool holds, string otherwise)
    {
        if (!holds) throw new WorldViolation(otherwise);
    }

    // At the moment of the decision all whom the commit goes to, as members, hold the sum; and it is the whole sum.
    private void Prepared(SimCoordinator coordinator, RunState before, RunEffect.SendCommit commit)
    {
        var (generation, step) = (commit.Commit.Generation, commit.Commit.Step);
        if (before.Find(commit.Session) is not { IsMember: true } || coordinator.NodeOf(commit.Session) is not { } node || coordinator.Plan is not { } plan) return;
        Require(_summed.GetValueOrDefault(plan)?.Contains((step, node)) == true, $"step {step} is committed in generation {generation}, but {node.Name} does not hold its sum");
        Require(plan.Generation == generation, $"step {step} is committed in generation {generation}, but generation {plan.Generation} has begun");
        foreach (var slice in ReduceRoute.Of(plan, world.Arithmetic.Floats).Slices)
        {
            var counts = _added.GetValueOrDefault(plan)?.GetValueOrDefault((step, slice.Offset));
            Require(counts is not null && counts.All(count => count == 1), $"step {step} is committed in generation {generation}, but the sum at {slice.Offset} does not hold every microbatch once");
        }
    }

    // Committed steps may only be given up when nobody who holds them can be reached.
    private void Gathers(SimCoordinator coordinator, RunState before, RunState after)
    {
        Gatherings++;
        if (world.Coordinators.Count(c => !c.IsDead) > 1) return;
        foreach (var node in world.Nodes.Where(node => !node.IsDead && node.IsWhole && node.Step > after.CommittedSteps))
        {
            var since = new[] { node.DisturbedUntil, node.Born, coordinator.DisturbedUntil, coordinator.Born }.Max();
            Require(world.Now - since < TimeSpan.FromSeconds(8), $"the run falls back from {before.CommittedSteps} to {after.CommittedSteps} committed steps, though {node.Name} holds the state of step {node.Step} and was reachable");
        }
        Fallbacks += Math.Max(0, Math.Max(_seen, before.CommittedSteps) - after.CommittedSteps);
    }
}
