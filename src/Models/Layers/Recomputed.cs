using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lockstep.Models.Layers;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): a part of a network of which nothing but its input is kept for
/// backward, which computes the part again. TorchSharp lacks torch.utils.checkpoint. The gradients have the same bits: the
/// kernels see the same numbers, and each pass adds what it would have added. The part must have no side effects.
/// </summary>
internal sealed class Recomputed : SingleTensorFunction<Recomputed>
{
    public override string Name => nameof(Recomputed);

    /// <param name="part">Runs the part; its parameters' gradients go straight to the buffers that they are bound to.</param>
    /// <param name="x">Its input.</param>
    /// <param name="held">Holds what backward hands over, until the caller releases it.</param>
    public static Tensor Run(Func<Tensor, Tensor> part, Tensor x, HeldGradients held) => is_grad_enabled() && x.requires_grad ? apply(x, part, held) : part(x);

    /// <param name="ctx">Keeps input and part.</param>
    /// <param name="vars">Input, part, HeldGradients.</param>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, part) = ((Tensor)vars[0], (Func<Tensor, Tensor>)vars[1]);
        ctx.save_for_backward([x]);
        ctx.save_data("part", part);
        ctx.save_data("held", vars[2]);
        return part(x); // recorded nowhere: gradients are off in here
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        var held = (HeldGradients)ctx.get_data("held");
        held.Release(); // those of the block before: libtorch has taken them
        using var scope = NewDisposeScope();
        using var recording = enable_grad();
        var x = ctx.get_saved_variables()[0].detach().requires_grad_();
        var output = ((Func<Tensor, Tensor>)ctx.get_data("part"))(x);
        autograd.backward([output], [grad_output]);
        var gradient = x.grad!.DetachFromDisposeScope();
        held.Keep(gradient, grad_output.DetachFromDisposeScope());
        return [gradient, null!, null!];
    }
}
