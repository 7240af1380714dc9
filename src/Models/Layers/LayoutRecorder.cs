using System.Text;
using Lockstep.Models.Chance;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>One parameter of a network.</summary>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape, Initializer Initializer, bool Trainable);

/// <summary>Records what a network asks for, in order. The network built over it must not be run.</summary>
public sealed class LayoutRecorder : IParameterSource
{
    private static readonly Tensor Placeholder = zeros([0]).DetachFromDisposeScope();
    private readonly List<ParameterSpec> _parameters = [], _statistics = [];

    public Precision Precision => Precision.Float32;

    public HeldGradients? RecomputesBlocks => null;

    public IReadOnlyList<ParameterSpec> Parameters => _parameters;

    /// <summary>The whole network: parameters, then running statistics.</summary>
    public FlatLayout Layout => LayoutOf([.. _parameters, .. _statistics]);

    /// <summary>The parameters alone; at the same offsets as in <see cref="Layout"/>.</summary>
    public FlatLayout ParameterLayout => LayoutOf(_parameters);

    /// <summary>The running statistics alone.</summary>
    public FlatLayout StatisticsLayout => LayoutOf(_statistics);

    public Tensor Get(string name, long[] shape, Initializer initializer, bool trainable = true)
    {
        _parameters.Add(new ParameterSpec(name, shape, initializer, trainable));
        return Placeholder;
    }

    public RunningStatistics GetStatistics(string name, long channels)
    {
        _statistics.Add(new ParameterSpec($"{name}.running_mean", [channels], Init.Zeros, Trainable: false));
        _statistics.Add(new ParameterSpec($"{name}.running_var", [channels], Init.Ones, Trainable: false));
        return new RunningStatistics(Placeholder, Placeholder, Training: false);
    }

    /// <summary>Fills everything; a parameter's chance is keyed by (seed, name), so neither order nor neighbours matter.</summary>
    public void Initialize(FlatBuffer buffer, ulong seed)
    {
        foreach (var parameter in _parameters.Concat(_statistics))
        {
            var hash = HashOf(parameter.Name);
            var chance = new Philox(ChanceDomain.Initialize, seed, (uint)hash, hash >> 32);
            parameter.Initializer(buffer.SpanOf(parameter.Name), ref chance);
        }
    }

    private static FlatLayout LayoutOf(IEnumerable<ParameterSpec> tensors) => new(tensors.Select(t => (t.Name, t.Shape)));

    // FNV-1a, 64 bits: string.GetHashCode differs between processes.
    private static ulong HashOf(string name)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3UL;
        return hash;
    }
}
