using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Lockstep.Protos;

namespace Lockstep.World.Tests.Ledger;

/// <summary>A node as far as data goes: it has an order of its own and knows nothing of the past but the step.</summary>
internal sealed class LedgerNode(RunShape shape, EpochOrder epochs)
{
    private readonly SampleOrder _order = new(shape, epochs);
    private readonly Dictionary<int, SamplePosition[]> _held = [];
    private readonly Stack<SamplePosition[]> _free = new();

    /// <summary>Microbatches of the open step whose contribution it holds.</summary>
    public MicrobatchSet Held => MicrobatchSet.Of(_held.Keys.Order().Select(m => new MicrobatchBlock(m, 1)));

    /// <summary>Computes microbatches of a step.</summary>
    public void Compute(long step, IEnumerable<int> microbatches)
    {
        foreach (var microbatch in microbatches)
        {
            if (_held.ContainsKey(microbatch)) throw new WorldViolation($"microbatch {microbatch} of step {step} is computed twice by one node");
            var positions = _free.TryPop(out var used) ? used : new SamplePosition[shape.MicrobatchSize];
            for (var row = 0; row < positions.Length; row++) positions[row] = _order.SampleAt(step, microbatch, row);
            _held.Add(microbatch, positions);
        }
    }

    /// <summary>The open step is committed with what the node was to give to its sum.</summary>
    public void Commit(MicrobatchSet work, SampleLedger ledger)
    {
        if (!Held.Equals(work)) throw new WorldViolation($"a node holds {Held}, but its work was {work}");
        foreach (var positions in _held.Values)
        {
            ledger.Enter(positions);
            _free.Push(positions);
        }
        _held.Clear();
    }

    /// <summary>Gives up what it holds of the open step and is not to give to its sum.</summary>
    public void Keep(MicrobatchSet work)
    {
        foreach (var microbatch in _held.Keys.Where(m => !work.Contains(m)).ToArray()) _held.Remove(microbatch);
    }
}
