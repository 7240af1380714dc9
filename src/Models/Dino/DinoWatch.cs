using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Watch;

namespace Lockstep.Models.Dino;

/// <summary>Watches a DINO run for collapse.</summary>
internal sealed class DinoWatch(DinoOptions options, OptimOptions optim, RunShape run) : IRunWatch
{
    private readonly PrototypeWindow _prototypes = new(options.OutDim, 2 * run.GlobalBatch);
    private readonly double _learntAt = LearntAt(run.StepsIn(optim.WarmupEpochs));
    private CollapseState _collapse = CollapseState.Start;

    public StepReport Next(long step, StepReport report, FlatBuffer mean)
    {
        if (!report.Finite) return report; // nothing was learnt, and nothing can be seen
        var values = new SortedDictionary<string, double>(report.Values.ToDictionary(), StringComparer.Ordinal);
        if (_prototypes.Next(step, mean.SpanOf(DinoState.Prototypes)) is { } dead) values["dead_prototypes"] = dead;
        report = report with { Values = values };
        (_collapse, var alarms) = CollapseWatch.Next(_collapse, CollapseNumbers.Of(report, options), step >= _learntAt);
        return report with { Alarms = alarms };
    }

    // A ramp of W steps from 0 counts half. The cosine that follows hardly falls in so few steps.
    private static double LearntAt(long ramp) => ramp >= 2 * CollapseWatch.Learnt
        ? Math.Sqrt(2 * ramp * CollapseWatch.Learnt) // s² / 2W full steps after s of the ramp
        : CollapseWatch.Learnt + ramp / 2.0;
}
