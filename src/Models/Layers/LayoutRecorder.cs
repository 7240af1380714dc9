using System.Text;
using Lockstep.Models.Chance;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>One parameter of a network.</summary>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape, Initializer Initializer, bool Trainable);

/// <summary>Records the parameters that a network asks for, in order. The network built over it must not be run.</summary>
public sealed class LayoutRecorder : IParameterSource
{
    private static readonly Tensor Placeholder = zeros([0]).DetachFromDisposeScope();
    private readonly List<ParameterSpec> _parameters = [];

    public IReadOnlyList<ParameterSpec> Parameters => _parameters;

    public FlatLayout Layout => new(_parameters.Select(p => (p.Name, p.Shape)));

    public Tensor Get(string name, long[] shape, Initializer initializer, bool trainable = true)
    {
        _parameters.Add(new ParameterSpec(name, shape, initializer, trainable));
        return Placeholder;
    }

    /// <summary>Fills every parameter; its chance is keyed by (seed, name), so neither order nor neighbours matter.</summary>
    public void Initialize(FlatBuffer buffer, ulong seed)
    {
        foreach (var parameter in _parameters)
        {
            var hash = HashOf(parameter.Name);
            var chance = new Philox(ChanceDomain.Initialize, seed, (uint)hash, hash >> 32);
            parameter.Initializer(buffer.SpanOf(parameter.Name), ref chance);
        }
    }

    // FNV-1a, 64 bits: string.GetHashCode differs between processes.
    private static ulong HashOf(string name)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3UL;
        return hash;
    }
}
