using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// Where layers get their parameters and running statistics. Constructing a network over a <see cref="LayoutRecorder"/> says which parameters
/// it has; over a <see cref="ParameterBinder"/> it works on views of a flat buffer.
/// </summary>
public interface IParameterSource
{
    /// <summary>What layers compute their products in.</summary>
    Precision Precision { get; }

    /// <summary>What holds the gradients of blocks that are computed again in backward (<see cref="Recomputed"/>); null: blocks keep what backward needs.</summary>
    HeldGradients? RecomputesBlocks { get; }

    /// <summary>The parameter of this name. The source owns it.</summary>
    /// <param name="name">Official state-dict key.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">How a new run fills it.</param>
    /// <param name="trainable">False for parameters that get no gradient.</param>
    Tensor Get(string name, long[] shape, Initializer initializer, bool trainable = true);

    /// <summary>The running statistics of a batch normalisation, "name.running_mean" and "name.running_var". The source owns them.</summary>
    RunningStatistics GetStatistics(string name, long channels);
}
