using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Planning;

/// <summary>How long a run is.</summary>
public static class StepBudget
{
    /// <summary>Steps of the whole run: Steps, or ceil(Epochs x whole batches of the dataset).</summary>
    public static long TotalSteps(RunSettings settings, long samples) =>
        settings.Steps ?? (long)Math.Ceiling(settings.Epochs * (samples / settings.GlobalBatch));
}
