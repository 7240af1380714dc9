using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Backbones;

/// <summary>What is known of a backbone before it is built.</summary>
public interface IBackboneShape
{
    /// <summary>D, width of the features.</summary>
    int FeatureDim { get; }

    /// <summary>True when a pass depends on the whole batch in training.</summary>
    bool HasBatchNorm { get; }

    /// <summary>Prefixes of the parameters of each stage that a pass marks, in the network's order and without the backbone's own prefix.</summary>
    IReadOnlyList<string> Stages { get; }

    /// <summary>The network over parameters of a source.</summary>
    /// <param name="source">Where the parameters come from; asked in the order of the official state dict.</param>
    /// <param name="prefix">Put before every name, e.g. "backbone.".</param>
    /// <param name="dropPathRate">Rate of the stochastic depth in the last block, where the backbone has it.</param>
    IBackbone Build(IParameterSource source, string prefix, double dropPathRate);

    /// <summary>The frozen network over weights named "backbone.*".</summary>
    IFeatureExtractor BuildExtractor(FlatBuffer weights);
}
