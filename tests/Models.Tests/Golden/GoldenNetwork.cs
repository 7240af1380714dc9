using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Golden;

/// <summary>A network over golden weights, for training and for evaluation.</summary>
internal sealed class GoldenNetwork<T> : IDisposable
{
    private readonly ParameterBinder _training, _evaluation;

    /// <param name="build">Makes the network.</param>
    /// <param name="weights">Values of a parameter or running statistic by name.</param>
    public GoldenNetwork(Func<IParameterSource, T> build, Func<string, float[]> weights)
    {
        build(Recorder);
        (Weights, Gradients, Statistics) = (new(Recorder.Layout), new(Recorder.ParameterLayout), new(Recorder.StatisticsLayout));
        foreach (var entry in Weights.Layout.Entries) weights(entry.Name).CopyTo(Weights.SpanOf(entry.Name));
        foreach (var entry in Statistics.Layout.Entries) Weights.SpanOf(entry.Name).CopyTo(Statistics.SpanOf(entry.Name));
        (_training, _evaluation) = (new(Weights, Gradients, Statistics), new(Weights));
        (Training, Evaluation) = (build(_training), build(_evaluation));
    }

    public LayoutRecorder Recorder { get; } = new();
    public FlatBuffer Weights { get; }
    public FlatBuffer Gradients { get; }

    /// <summary>Running statistics that passes through <see cref="Training"/> move.</summary>
    public FlatBuffer Statistics { get; }

    public T Training { get; }
    public T Evaluation { get; }

    public void Dispose()
    {
        _training.Dispose();
        _evaluation.Dispose();
        Weights.Dispose();
        Gradients.Dispose();
        Statistics.Dispose();
    }
}
