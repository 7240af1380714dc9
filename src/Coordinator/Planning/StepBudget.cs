using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Planning;

/// <summary>How long a run is.</summary>
public static class StepBudget
{
    /// <summary>Steps of the whole run: Steps, or as many as the epochs take.</summary>
    public static long TotalSteps(RunSettings settings, long samples) =>
        settings.Steps ?? RunLength.StepsOf(settings.Epochs, samples, settings.GlobalBatch, settings.CarriesLastBatch);
}
