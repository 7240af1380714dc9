using Lockstep.Models;

namespace Lockstep.Node.Checkpoints;

/// <summary>Which checkpoints stay for good: those with which every so many epochs end (saveckp_freq of main_dino.py).</summary>
internal static class KeptEpochs
{
    /// <summary>True when the epochs before a state's step are a multiple of <paramref name="every"/>; 0 keeps none.</summary>
    public static bool EndAt(long step, RunShape shape, int every)
    {
        var epoch = shape.EpochOf(step);
        return every > 0 && epoch > 0 && epoch % every == 0 && shape.FirstStepOf(epoch) == step;
    }
}
