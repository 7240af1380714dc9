using Lockstep.Models;
using Lockstep.Models.Chance;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Linear;

/// <summary>
/// Softmax regressions on features, one a learning rate, side by side: R classifiers from the same initial weights see the
/// same batches and cost one matrix product. SGD with momentum 0.9 and no decay, as in DINO's eval_linear.py.
/// The gradient of the mean cross-entropy is written out: xᵀ (p - y) / B.
/// </summary>
public sealed class LinearProbe : IDisposable
{
    private const double Momentum = 0.9, InitialDeviation = 0.01;

    private readonly int _classes, _probes;
    private readonly Tensor _rates;                              // [R * C]
    private readonly Tensor _weights, _weightVelocity;           // [F, R * C]
    private readonly Tensor _bias, _biasVelocity;                // [R * C]

    /// <param name="features">F, width of the features.</param>
    /// <param name="classes">C.</param>
    /// <param name="rates">Learning rate of each classifier at the start of the schedule.</param>
    /// <param name="seed">Key of the initial weights: normal, deviation 0.01; biases are 0.</param>
    public LinearProbe(int features, int classes, IReadOnlyList<double> rates, ulong seed)
        : this(InitialWeights(features, classes, seed), features, classes, rates)
    {
    }

    /// <param name="weights">Of every classifier at the start, as PyTorch has them: [C, F] end to end.</param>
    internal LinearProbe(float[] weights, int features, int classes, IReadOnlyList<double> rates)
    {
        (_classes, _probes) = (classes, rates.Count);
        using var scope = NewDisposeScope();
        _rates = tensor(rates.SelectMany(rate => Enumerable.Repeat((float)rate, classes)).ToArray()).DetachFromDisposeScope();
        _weights = tensor(weights).reshape(classes, features).t().unsqueeze(1).expand(features, _probes, classes)
            .reshape(features, _probes * classes).DetachFromDisposeScope();
        _weightVelocity = zeros([features, _probes * classes], dtype: ScalarType.Float32).DetachFromDisposeScope();
        _bias = zeros([_probes * classes], dtype: ScalarType.Float32).DetachFromDisposeScope();
        _biasVelocity = zeros([_probes * classes], dtype: ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>One step of all classifiers.</summary>
    /// <param name="features">[B, F]</param>
    /// <param name="labels">Class of each, [B], int64.</param>
    /// <param name="share">Of the learning rates, as the schedule has it.</param>
    /// <returns>Mean cross-entropy of each classifier before the step, [R].</returns>
    public float[] Step(Tensor features, Tensor labels, double share)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var batch = features.shape[0];
        var logs = nn.functional.log_softmax(Logits(features), 2);                                                          // [B, R, C]
        var truth = zeros([batch, _classes], dtype: ScalarType.Float32).scatter_(1, labels.unsqueeze(1), ones([batch, 1L], dtype: ScalarType.Float32)).unsqueeze(1); // [B, 1, C]
        var gradient = (logs.exp() - truth).Over(batch).reshape(batch, _probes * _classes);
        Move(_weights, _weightVelocity, matmul(features.t(), gradient), share);
        Move(_bias, _biasVelocity, gradient.sum(dim: 0), share);
        return (logs * truth).sum(new[] { 0L, 2L }).Over(-batch).data<float>().ToArray();
    }

    /// <summary>How many classes each classifier holds for more probable than the true one: [B, R], C where it says nothing (no numbers).</summary>
    public long[] Ranks(Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var batch = features.shape[0];
        var logits = Logits(features);
        var own = logits.gather(2, labels.reshape(batch, 1, 1).expand(batch, _probes, 1L));                                 // [B, R, 1]
        return [.. logits.le(own).sum(2).contiguous().data<long>().Select(notAbove => _classes - notAbove)];
    }

    /// <summary>Weights of one classifier as PyTorch has them, [C, F] end to end, and its biases, [C].</summary>
    internal (float[] Weights, float[] Bias) Parameters(int probe)
    {
        using var scope = NewDisposeScope();
        var start = probe * _classes;
        return (_weights.narrow(1, start, _classes).t().contiguous().data<float>().ToArray(), _bias.narrow(0, start, _classes).data<float>().ToArray());
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[_rates, _weights, _weightVelocity, _bias, _biasVelocity]) tensor.Dispose();
    }

    private Tensor Logits(Tensor features) => matmul(features, _weights).Plus(_bias).reshape(features.shape[0], _probes, _classes);

    private void Move(Tensor weights, Tensor velocity, Tensor gradient, double share)
    {
        velocity.ScaleBy(Momentum).Increase(gradient);
        weights.sub_((velocity * _rates).Times(share));
    }

    private static float[] InitialWeights(int features, int classes, ulong seed)
    {
        var chance = new Philox(ChanceDomain.Probe, seed, 0);
        var weights = new float[features * classes];
        foreach (ref var weight in weights.AsSpan()) weight = (float)(InitialDeviation * chance.NextNormal());
        return weights;
    }
}
