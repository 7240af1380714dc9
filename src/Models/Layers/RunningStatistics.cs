using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>The running statistics of one batch normalisation, and what a pass does with them.</summary>
/// <param name="Mean">running_mean, [C].</param>
/// <param name="Variance">running_var, [C].</param>
/// <param name="Training">True: a pass is normalised by its own statistics and moves these. False: a pass is normalised by these.</param>
public sealed record RunningStatistics(Tensor Mean, Tensor Variance, bool Training);
