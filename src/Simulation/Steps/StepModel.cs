using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Steps;

/// <summary>The time of a step without faults, for any number of nodes.</summary>
public sealed class StepModel(SimulationSettings settings)
{
    /// <summary>
    /// Backward's share of a microbatch: twice a forward pass, which student and (on fewer views) teacher make.
    /// </summary>
    public const double BackwardShare = 0.6;

    // Up to here every node of every step is played on its own; beyond, nodes that are alike are one class.
    private const int MostSingle = 8;
    private const double MostSingleSends = 2e6;
    private readonly ComputeDraws _draws = new(settings.MicrobatchSeconds, settings.Jitter, settings.Seed);
    private readonly Dictionary<int, StepTime> _known = [];

    /// <summary>The step of so many nodes, 1 to M.</summary>
    public StepTime Of(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, settings.Microbatches);
        return _known.TryGetValue(nodes, out var known) ? known : _known[nodes] = Predict(nodes);
    }

    /// <summary>Members a group of a two-level exchange of so many nodes.</summary>
    public int GroupOf(int nodes)
    {
        if (settings.Group > 0) return Math.Min(settings.Group, nodes);
        var groups = (nodes + (int)Math.Round(Math.Sqrt(nodes)) - 1) / (int)Math.Round(Math.Sqrt(nodes));
        return (nodes + groups - 1) / groups;
    }

    private StepTime Predict(int nodes)
    {
        var split = new WorkSplit(settings.Microbatches, nodes);
        var candidates = settings.Reducer is { } wanted ? [wanted] : new[] { Reducer.Direct, Reducer.TwoLevel, Reducer.Hub };
        var (reducer, finish) = candidates.Select(r => (r, Finish(r, split, ClassesOf(split, r, settings.HalfFinalShare)))).MinBy(c => c.Item2);
        var longest = split.MostMicrobatches * settings.MicrobatchSeconds;
        var exchange = settings.HalfFinalShare is null ? finish - longest : Finish(reducer, split, ClassesOf(split, reducer, null)) - longest;

        var (compute, exposed) = settings.Jitter == 0 ? (longest, finish - longest) : Drawn(split, reducer, finish - longest);
        var commit = 2 * settings.Link.LatencySeconds + 2 * nodes * settings.Link.MessageSeconds;
        return new(reducer, reducer == Reducer.TwoLevel ? GroupOf(nodes) : 0, compute, exposed, exchange, commit + settings.ApplySeconds, split.MostMicrobatches, split.MostBlocks);
    }

    // Mean compute time of the slowest node, and what follows it.
    private (double Compute, double Exposed) Drawn(WorkSplit split, Reducer reducer, double exposedOfClasses)
    {
        var nodes = split.Ranges.Length;
        var single = nodes <= MostSingle && SendsOf(nodes, reducer) * settings.Steps <= MostSingleSends
            && (reducer != Reducer.TwoLevel || nodes % GroupOf(nodes) == 0);
        var (compute, exposed) = (0.0, 0.0);
        for (var step = 0; step < settings.Steps; step++)
        {
            var seconds = split.Ranges.Select(range => _draws.Seconds(range, step)).ToArray();
            var slowest = seconds.Max();
            compute += slowest;
            exposed += single
                ? Finish(reducer, split, [.. seconds.Select((s, i) => new NodeClass(1, split.Blocks[i], ReadyAt(s, split.Ranges[i].Count, settings.HalfFinalShare)))]) - slowest
                : exposedOfClasses;
        }
        return (compute / settings.Steps, exposed / settings.Steps);
    }

    // What is alike is one class; two levels want all alike, so all are as the one with most work.
    private List<NodeClass> ClassesOf(WorkSplit split, Reducer reducer, double? halfFinal)
    {
        NodeClass Class(int count, int blocks, int microbatches) =>
            new(count, blocks, ReadyAt(microbatches * settings.MicrobatchSeconds, microbatches, halfFinal));
        return reducer is Reducer.TwoLevel or Reducer.Ring
            ? [Class(split.Ranges.Length, split.MostBlocks, split.MostMicrobatches)]
            : [.. split.Ranges.Zip(split.Blocks).GroupBy(n => (n.First.Count, Blocks: n.Second)).Select(g => Class(g.Count(), g.Key.Blocks, g.Key.Count))];
    }

    private double Finish(Reducer reducer, WorkSplit split, IReadOnlyList<NodeClass> classes)
    {
        var shape = new ExchangeShape(classes, settings.GradientBytes, settings.SliceBytes, settings.Link);
        if (reducer != Reducer.TwoLevel) return Exchanges.Exchange.Finish(reducer, shape);
        var group = GroupOf(split.Ranges.Length);
        return Exchanges.Exchange.Finish(reducer, shape, group, split.MostGroupBlocks(group), settings.BatchGroups);
    }

    private double SendsOf(int nodes, Reducer reducer) =>
        settings.GradientBytes / settings.SliceBytes * 2 * nodes * (reducer == Reducer.TwoLevel ? 2 : 1);

    private static GradientReady ReadyAt(double seconds, int microbatches, double? halfFinal) =>
        new(seconds - BackwardShare * seconds / microbatches, seconds, halfFinal);
}
