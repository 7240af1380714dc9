namespace Lockstep.Node.Evaluation.Linear;

/// <summary>What became of one learning rate; accuracies on the test images, 0 to 1.</summary>
/// <param name="Rate">For 256 images a step.</param>
/// <param name="Loss">Of the last epoch.</param>
/// <param name="LastTop1">After the last epoch.</param>
/// <param name="BestEpoch">The epoch with the best top-1, which the original reports.</param>
/// <param name="Top1">Of that epoch.</param>
/// <param name="Top5">Of that epoch.</param>
public sealed record LinearScore(double Rate, double Loss, double LastTop1, int BestEpoch, double Top1, double Top5)
{
    /// <summary>The rate is too large: the weights are no numbers any more.</summary>
    public bool Diverged => !double.IsFinite(Loss);

    /// <summary>A score a learning rate.</summary>
    /// <param name="epochs">All epochs of a training, in order.</param>
    public static IReadOnlyList<LinearScore> Of(IReadOnlyList<double> rates, IReadOnlyList<LinearEpoch> epochs) =>
        [.. rates.Select((rate, i) =>
        {
            var best = epochs.MaxBy(e => e.Top1[i])!; // the first of equal ones
            return new LinearScore(rate, epochs[^1].Loss[i], epochs[^1].Top1[i], best.Epoch, best.Top1[i], best.Top5[i]);
        })];
}
