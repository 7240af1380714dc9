using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lockstep.Models.Layers;

/// <summary>The identity, whose backward tells a <see cref="BackwardProgress"/> that it has run. TorchSharp has no hooks.</summary>
internal sealed class BackwardMark : SingleTensorFunction<BackwardMark>
{
    public override string Name => nameof(BackwardMark);

    /// <param name="ctx">Keeps the progress and the stage.</param>
    /// <param name="vars">Tensor, BackwardProgress, stage.</param>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("progress", vars[1]);
        ctx.save_data("stage", vars[2]);
        return ((Tensor)vars[0]).alias();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        ((BackwardProgress)ctx.get_data("progress")).Met((int)ctx.get_data("stage"));
        return [grad_output, null!, null!];
    }
}
