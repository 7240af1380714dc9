using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// Batch normalisation over everything but the channels (Ioffe and Szegedy 2015), as PyTorch's BatchNorm1d and 2d with
/// their defaults. In training the batch is what one pass of one microbatch holds: statistics over the whole step would
/// need a sum over all nodes inside every forward pass, layer after layer.
/// </summary>
public sealed class BatchNorm
{
    // PyTorch's defaults, which torchvision and DINO leave alone.
    private const double Momentum = 0.1, Epsilon = 1e-5;
    private readonly Tensor _weight, _bias;
    private readonly RunningStatistics _running;

    public BatchNorm(IParameterSource source, string name, long channels)
    {
        _weight = source.Get($"{name}.weight", [channels], Init.Ones);
        _bias = source.Get($"{name}.bias", [channels], Init.Zeros);
        _running = source.GetStatistics(name, channels);
    }

    /// <summary>[N, C] or [N, C, H, W] to the same shape. In training at least two values a channel are needed.</summary>
    public Tensor Forward(Tensor x) => nn.functional.batch_norm(
        x, _running.Mean, _running.Variance, _weight, _bias, _running.Training, Momentum, Epsilon);

    /// <summary>
    /// Moves a running statistic over the passes of a step: r ← 0.9 r + 0.1 m for each pass in order, m being its mean over
    /// the microbatches. Since that is linear, lanes run their passes from zero and their mean is added to what is left of r.
    /// </summary>
    /// <param name="running">r: running_mean or running_var (unbiased), [C]; in place.</param>
    /// <param name="fromZero">Mean over the microbatches of what their passes made of a zero.</param>
    /// <param name="passes">Passes of a microbatch through the layer.</param>
    public static void Advance(Tensor running, Tensor fromZero, int passes) =>
        running.ScaleBy(Math.Pow(1 - Momentum, passes)).Increase(fromZero);
}
