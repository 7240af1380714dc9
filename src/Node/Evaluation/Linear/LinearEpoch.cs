namespace Lockstep.Node.Evaluation.Linear;

/// <summary>Where the probes stand after an epoch; every list has one number a learning rate.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Loss">Mean cross-entropy over the epoch's training images.</param>
/// <param name="Top1">Share of test images classified rightly, 0 to 1.</param>
/// <param name="Top5">Share whose class is among the first five, 0 to 1.</param>
public sealed record LinearEpoch(int Epoch, IReadOnlyList<double> Loss, IReadOnlyList<double> Top1, IReadOnlyList<double> Top5)
{
    /// <summary>The learning rate with the best top-1, the first of equal ones.</summary>
    public int Best
    {
        get
        {
            var best = 0;
            for (var i = 1; i < Top1.Count; i++)
                if (Top1[i] > Top1[best]) best = i;
            return best;
        }
    }
}
