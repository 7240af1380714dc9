using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models;

/// <summary>One thread computing one microbatch at a time. Not thread-safe; lanes of one state run side by side.</summary>
public interface ILane : IDisposable
{
    /// <summary>Forward and backward of one microbatch at the state's step.</summary>
    /// <param name="views">One tensor a view: float32 [B, 3, S, S], normalised, B = images a microbatch, on the device of the lane's state.</param>
    /// <param name="microbatch">Index in [0, M); keys the chance inside the model.</param>
    /// <param name="sink">Is told of regions of the contribution as they become final. Does not change a bit of them. Null where the state is not on the CPU.</param>
    /// <returns>The lane's own contribution buffer, valid until the next call. On a GPU it may still be computed when this returns.</returns>
    FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null);

    /// <summary>Looks closer at a microbatch that came out not finite, with the same state and views.</summary>
    LaneExamination Examine(IReadOnlyList<Tensor> views, int microbatch) => LaneExamination.Nothing;
}
