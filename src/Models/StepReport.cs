using Lockstep.Models.Watch;

namespace Lockstep.Models;

/// <summary>What a method says of a step after Apply. Values are computed from the reduced sum: equal on every node.</summary>
/// <param name="Loss">Mean loss of the global batch.</param>
/// <param name="Finite">False when the loss, a gradient or a statistic is not finite; weights and statistics were then left as they were.</param>
/// <param name="Values">Further named numbers for metrics.jsonl: learning_rate, weight_decay, teacher_momentum, ...</param>
public sealed record StepReport(double Loss, bool Finite, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>The step was not finite and was left out by the recipe's rule: it counts as done, without an update.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>What the user should hear of now.</summary>
    public IReadOnlyList<Alarm> Alarms { get; init; } = [];

    /// <summary>How much of Apply's time went to the teacher and to statistics, at its end, seconds; 0 where there is neither. For telemetry: no result depends on it.</summary>
    public double TeacherSeconds { get; init; }
}
