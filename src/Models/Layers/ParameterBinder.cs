using Lockstep.Models.Replica;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// Hands out parameters that are views of a flat buffer; backward adds their gradients straight into views of another.
/// Several binders may share the values, each with its own gradients: that is what a lane is.
/// </summary>
/// <param name="values">The weights; not copied.</param>
/// <param name="gradients">Receives the gradients under the same names; null binds a frozen network.</param>
public sealed class ParameterBinder(FlatBuffer values, FlatBuffer? gradients = null) : IParameterSource, IDisposable
{
    private readonly List<Parameter> _owned = [];

    public Tensor Get(string name, long[] shape, Initializer initializer, bool trainable = true)
    {
        var entry = values.Layout[name];
        if (!entry.Shape.SequenceEqual(shape))
            throw new ArgumentException($"'{name}' is [{string.Join(", ", entry.Shape)}] in the buffer but the network wants [{string.Join(", ", shape)}]");

        var learns = trainable && gradients is not null;
        var parameter = new Parameter(values.View(name), learns);
        parameter.DetachFromDisposeScope();
        _owned.Add(parameter);
        if (!learns) return parameter;

        using var gradient = gradients!.View(name);
        parameter.grad = gradient;
        return parameter;
    }

    public void Dispose()
    {
        foreach (var parameter in _owned) parameter.Dispose();
        _owned.Clear();
    }
}
