namespace Lockstep.Protos;

/// <summary>How long a run is that is told to take so many epochs: nodes and coordinator must come to the same number.</summary>
public static class RunLength
{
    /// <summary>
    /// Steps of a run. Where an epoch's last images are dropped: ceil(epochs x floor(samples / batch)); where they are
    /// carried into the next epoch: floor(epochs x samples / batch), the whole steps in that many images.
    /// </summary>
    /// <param name="epochs">Passes over the dataset; may be fractional.</param>
    /// <param name="samples">Images in the dataset.</param>
    /// <param name="globalBatch">Images a step.</param>
    /// <param name="carries">Whether an epoch may end within a step.</param>
    public static long StepsOf(double epochs, long samples, int globalBatch, bool carries)
    {
        if (!carries) return (long)Math.Ceiling(epochs * (samples / globalBatch));
        // In decimal: 4.35 epochs of 100 steps are 435, not the 434 that the nearest double makes of them.
        return (long)Math.Min(long.MaxValue, decimal.Floor((decimal)epochs * samples / globalBatch));
    }
}
