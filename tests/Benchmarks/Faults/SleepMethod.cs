using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Models.Replica;

namespace Lockstep.Benchmarks.Faults;

/// <summary>
/// A method that sleeps where others compute, so that the cores of one machine do not decide what many nodes can do. What a
/// microbatch contributes is keyed by (seed, step, microbatch) and depends on the state: a step taken twice, from the wrong
/// state, or summed in another order ends in other bits.
/// </summary>
internal sealed class SleepMethod(RunShape shape, int floats, TimeSpan microbatchTime) : IPretrainingMethod
{
    public const string Weights = "weights", Loss = "stat.loss";
    private const float StepSize = 1e-3f;

    public string Name => "sleep";

    public IReadOnlyList<ViewSpec> Views => [];

    public StateLayout State { get; } = new([(Weights, new FlatLayout([(Weights, [floats])]))]);

    public FlatLayout Contribution { get; } = new([(Weights, [floats]), (Loss, [1])]);

    public void Initialize(ReplicaState state)
    {
        var chance = new Philox(ChanceDomain.Initialize, shape.Seed, 0);
        foreach (ref var weight in state[Weights].SpanOf(Weights)) weight = (float)chance.NextDouble(-1, 1);
    }

    public ILane CreateLane(ReplicaState state) => new SleepLane(state, Contribution, shape.Seed, microbatchTime);

    public StepReport Apply(ReplicaState state, FlatBuffer sum)
    {
        var weights = state[Weights].SpanOf(Weights);
        ReadOnlySpan<float> gradient = sum.SpanOf(Weights);
        for (var i = 0; i < weights.Length; i++) weights[i] -= StepSize * gradient[i];
        state.Step++;
        return new(sum.SpanOf(Loss)[0] / shape.Microbatches, true, new Dictionary<string, double>());
    }

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) => throw new NotSupportedException("sleep learns nothing");
}
