using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Compat.TorchSharp.Tests;

/// <summary>Functions with a backward of their own, on which the overlap of reduction and backward rests.</summary>
public sealed class FunctionTests
{
    [Fact]
    public void Backward_IsAskedForTheGradient()
    {
        var x = tensor(new[] { 2f, 3f }, requires_grad: true);
        var y = Scale.apply(x, 5f);
        Expect.Values(y, 10, 15);
        y.sum().backward();
        Expect.Values(x.grad!, 5, 5);
    }

    [Fact]
    public void SavedVariables_ComeBack()
    {
        var x = tensor(new[] { 2f, 3f }, requires_grad: true);
        Square.apply(x).sum().backward();
        Expect.Values(x.grad!, 4, 6);
    }

    [Fact]
    public void Identity_RunsWhenLaterGradientsAreFinal()
    {
        var early = tensor(new[] { 1f }, requires_grad: true);
        var late = tensor(new[] { 3f }, requires_grad: true);
        var seen = new List<float>();
        var boundary = Boundary.apply(early * 2, (Action)(() => seen.Add(late.grad!.item<float>())));
        (boundary * late).sum().backward();
        Assert.Equal([2f], seen);
        Expect.Values(early.grad!, 6);
    }

    [Fact]
    public void SeveralOutputs_GetTheirGradients()
    {
        var x = tensor(new[] { 1f, 2f }, requires_grad: true);
        var outputs = Split.apply(x);
        Expect.Values(outputs[1], 10, 20);
        outputs[1].sum().backward(); // the first output has no gradient: zeros take its place
        Expect.Values(x.grad!, 10, 10);
    }

    [Fact]
    public void Graph_Disposed_LeavesNothingBehind()
    {
        using var all = NewDisposeScope();
        var x = ones(4).requires_grad_();
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            Square.apply(x).sum().backward();
        }

        Expect.Values(x.grad!, 6, 6, 6, 6);
    }

    [Fact]
    public void WithoutGradients_ForwardOnly()
    {
        using var off = no_grad();
        var x = tensor(new[] { 2f }, requires_grad: true);
        Assert.False(Scale.apply(x, 2f).requires_grad);
    }

    [Fact]
    public void InOneThread_WhileAnotherDoesTheSame()
    {
        var gradients = new float[2];
        var threads = Enumerable.Range(0, 2).Select(i => new Thread(() =>
        {
            for (var step = 0; step < 50; step++)
            {
                using var scope = NewDisposeScope();
                var x = full(64, i + 1f).requires_grad_();
                Scale.apply(Square.apply(x), 3f).sum().backward();
                gradients[i] = x.grad![0].item<float>();
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Equal([6f, 12f], gradients);
    }

    private sealed class Scale : SingleTensorFunction<Scale>
    {
        public override string Name => nameof(Scale);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("factor", vars[1]);
            return (Tensor)vars[0] * (float)vars[1];
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            [grad_output * (float)ctx.get_data("factor"), null!];
    }

    private sealed class Square : SingleTensorFunction<Square>
    {
        public override string Name => nameof(Square);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return x * x;
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            [grad_output * 2 * ctx.get_saved_variables()[0]];
    }

    private sealed class Split : MultiTensorFunction<Split>
    {
        public override string Name => nameof(Split);

        public override List<Tensor> forward(AutogradContext ctx, params object[] vars) => [(Tensor)vars[0] * 2, (Tensor)vars[0] * 10];

        public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs) =>
            [(grad_outputs[0] * 2) + (grad_outputs[1] * 10)];
    }

    private sealed class Boundary : SingleTensorFunction<Boundary>
    {
        public override string Name => nameof(Boundary);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("reached", vars[1]);
            return ((Tensor)vars[0]).alias();
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
        {
            ((Action)ctx.get_data("reached"))();
            return [grad_output, null!];
        }
    }
}
