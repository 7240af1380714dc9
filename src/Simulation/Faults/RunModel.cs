using Lockstep.Simulation.Steps;

namespace Lockstep.Simulation.Faults;

/// <summary>
/// A run with faults, event by event: exponential losses, joins at step boundaries. What happens when a node is lost:
///   1 detect     survivors compute on; after DetectSeconds the coordinator knows
///   2 plan       a new generation: one message to every survivor and its answer
///   3 recompute  the lost node's microbatches only, spread over the survivors
///   4 exchange   from the start, among the survivors; then commit
///   5 rejoin     after RestartSeconds the node is back and fetches the state; the others do not pause
/// </summary>
public sealed class RunModel(SimulationSettings settings, StepModel steps)
{
    /// <summary>Plays so many losses of a cluster of so many nodes.</summary>
    public RunTime Play(int nodes)
    {
        if (double.IsPositiveInfinity(settings.NodeMtbfSeconds)) return new(1, 0, 0, nodes);
        var run = new Run(settings, steps, nodes);
        while (run.Losses < settings.Losses) run.Continue();
        return run.Result();
    }

    private sealed class Run(SimulationSettings settings, StepModel steps, int nodes)
    {
        private readonly PriorityQueue<double, double> _joins = new();
        private readonly int _nodes = nodes;
        private readonly double _stepOfAll = steps.Of(nodes).Total;
        private double _now, _useful, _lost, _rejoin, _nodeSeconds;
        private int _active = nodes;
        private ulong _draws;

        public int Losses { get; private set; }

        public RunTime Result() => new(_useful / _now, _lost / Losses, _rejoin / Losses, _nodeSeconds / _now);

        // Whole steps up to the next event, then the event.
        public void Continue()
        {
            if (_active == 0)
            {
                Resume();
                return;
            }
            var step = steps.Of(_active);
            var loss = _now + NextLoss();
            var boundary = _joins.TryPeek(out var join, out _) ? _now + Math.Ceiling(Math.Max(0, join - _now) / step.Total) * step.Total : double.PositiveInfinity;
            if (boundary <= loss)
            {
                _useful += Math.Round((boundary - _now) / step.Total) * _stepOfAll;
                PassTo(boundary);
                Join();
                return;
            }
            // The loss of a node that is prepared changes nothing for that step; it is met in the next.
            var whole = Math.Floor((loss - _now) / step.Total);
            if (loss - _now - whole * step.Total >= step.Compute + step.Exposed) (whole, loss) = (whole + 1, _now + (whole + 1) * step.Total);
            _useful += whole * _stepOfAll;
            PassTo(_now + whole * step.Total);
            Finish(step, loss);
        }

        // The step in which a node is lost, from its begin to its commit; more may be lost before it ends.
        private void Finish(StepTime step, double loss)
        {
            var begin = _now;
            var computed = begin + step.Compute;
            double end;
            do
            {
                var work = (double)settings.Microbatches / _active;
                Lose(loss);
                if (_active == 0)
                {
                    _lost += loss - begin;
                    PassTo(loss);
                    return;
                }
                var survivors = steps.Of(_active);
                var plan = 2 * settings.Link.LatencySeconds + 2 * _active * settings.Link.MessageSeconds;
                var again = Math.Ceiling(Math.Ceiling(work) / _active) * settings.MicrobatchSeconds;
                computed = Math.Max(computed, loss + settings.DetectSeconds + plan) + again;
                end = computed + survivors.Exposed + survivors.Other;
                loss += NextLoss();
            }
            while (loss < end);
            _lost += end - begin - step.Total;
            _useful += _stepOfAll;
            PassTo(end);
            Join();
        }

        private void Lose(double at)
        {
            PassTo(at);
            _active--;
            Losses++;
            // The donor's line is shared with the exchange; what that leaves is the fetch's.
            var step = steps.Of(Math.Max(1, _active));
            var free = Math.Max(0.05, 1 - Math.Min(step.Exchange, step.Total) / step.Total);
            var back = settings.RestartSeconds + settings.StateBytes / (settings.Link.Bandwidth * free) + settings.Link.LatencySeconds;
            _joins.Enqueue(at + back, at + back);
            _rejoin += back;
        }

        private void Join()
        {
            while (_joins.TryPeek(out var join, out _) && join <= _now * (1 + 1e-12))
            {
                _joins.Dequeue();
                _active++;
            }
        }

        // No peer holds the state: the first node that is back goes on from its checkpoint.
        private void Resume()
        {
            var since = settings.CheckpointSeconds * CounterChance.Uniform(settings.Seed, ChanceUse.Loss, (ulong)_nodes, _draws++);
            var back = Math.Max(_now, _joins.Dequeue());
            _lost += back - _now + since;
            _useful = Math.Max(0, _useful - since);
            PassTo(back);
            _active = 1;
        }

        private void PassTo(double time)
        {
            _nodeSeconds += _active * (time - _now);
            _now = time;
        }

        // Faults have no memory, so the wait may be drawn anew at every event.
        private double NextLoss() =>
            -Math.Log(CounterChance.Uniform(settings.Seed, ChanceUse.Fault, (ulong)_nodes, _draws++)) * settings.NodeMtbfSeconds / _active;
    }
}
