using Lockstep.Models.Replica;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// Hands out parameters that are views of a flat buffer; backward adds their gradients straight into views of another.
/// Several binders may share the values, each with its own gradients: that is what a lane is.
/// </summary>
/// <param name="values">The weights; not copied.</param>
/// <param name="gradients">Receives the gradients under the same names; null binds a network without.</param>
/// <param name="passes">
/// Running statistics that passes move, each batch being normalised by its own: training. A buffer of its own, since those of
/// the state change only when a step is applied. Null: batches are normalised by the running statistics in the values.
/// </param>
public sealed class ParameterBinder(FlatBuffer values, FlatBuffer? gradients = null, FlatBuffer? passes = null) : IParameterSource, IDisposable
{
    private readonly List<Tensor> _owned = [];

    public Precision Precision { get; init; } = Precision.Float32;

    public HeldGradients? RecomputesBlocks { get; init; }

    public Tensor Get(string name, long[] shape, Initializer initializer, bool trainable = true)
    {
        CheckShape(values, name, shape);
        var learns = trainable && gradients is not null;
        var parameter = new Parameter(values.View(name), learns);
        parameter.DetachFromDisposeScope();
        _owned.Add(parameter);
        if (!learns) return parameter;

        using var gradient = gradients!.View(name);
        parameter.grad = gradient;
        return parameter;
    }

    public RunningStatistics GetStatistics(string name, long channels) =>
        new(Statistic($"{name}.running_mean", channels), Statistic($"{name}.running_var", channels), Training: passes is not null);

    public void Dispose()
    {
        foreach (var parameter in _owned) parameter.Dispose();
        _owned.Clear();
    }

    private Tensor Statistic(string name, long channels)
    {
        var buffer = passes ?? values;
        CheckShape(buffer, name, [channels]);
        var view = buffer.View(name).DetachFromDisposeScope();
        _owned.Add(view);
        return view;
    }

    private static void CheckShape(FlatBuffer buffer, string name, long[] shape)
    {
        var entry = buffer.Layout[name];
        if (!entry.Shape.SequenceEqual(shape))
            throw new ArgumentException($"'{name}' is [{string.Join(", ", entry.Shape)}] in the buffer but the network wants [{string.Join(", ", shape)}]");
    }
}
