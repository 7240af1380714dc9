using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Benchmarks.Faults;

/// <summary>Sleeps, then tells a contribution of a few microseconds' work.</summary>
internal sealed class SleepLane(ReplicaState state, FlatLayout layout, ulong seed, TimeSpan time) : ILane
{
    private readonly FlatBuffer _contribution = new(layout);

    public FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null)
    {
        if (time > TimeSpan.Zero) Thread.Sleep(time);
        var chance = new Philox(ChanceDomain.Model, seed, (ulong)state.Step, (ulong)microbatch);
        var (slope, shift) = ((float)chance.NextDouble(0.1, 1), (float)chance.NextDouble(-1, 1));
        ReadOnlySpan<float> weights = state[SleepMethod.Weights].SpanOf(SleepMethod.Weights);
        var gradient = _contribution.SpanOf(SleepMethod.Weights);
        for (var i = 0; i < weights.Length; i++) gradient[i] = slope * weights[i] + shift;
        _contribution.SpanOf(SleepMethod.Loss)[0] = slope * weights[0] * weights[0];
        sink?.Final(_contribution.Span, 0, (int)layout.Length);
        return _contribution;
    }

    public void Dispose() => _contribution.Dispose();
}
