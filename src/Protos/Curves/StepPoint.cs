namespace Lockstep.Protos.Curves;

/// <summary>A point of the curves of a run.</summary>
/// <param name="Step">Committed steps; of a mean the last one.</param>
/// <param name="Loss">Mean loss.</param>
/// <param name="ImagesPerSecond">Images trained a second.</param>
public readonly record struct StepPoint(long Step, double Loss, double ImagesPerSecond)
{
    /// <summary>The mean of an earlier and a later point that stand for so many samples.</summary>
    public static StepPoint Mean(StepPoint earlier, int samplesOfEarlier, StepPoint later, int samplesOfLater)
    {
        var share = (double)samplesOfLater / (samplesOfEarlier + samplesOfLater);
        return new(later.Step, double.Lerp(earlier.Loss, later.Loss, share), double.Lerp(earlier.ImagesPerSecond, later.ImagesPerSecond, share));
    }
}
