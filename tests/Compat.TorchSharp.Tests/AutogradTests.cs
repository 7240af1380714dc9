using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class AutogradTests
{
    private static Tensor Leaf(params float[] values) => tensor(values, requires_grad: true);

    [Fact]
    public void Backward_FillsTheGradientOfLeaves()
    {
        var x = Leaf(1, 2, 3);
        Assert.True(x.is_leaf);
        Assert.Null(x.grad);
        var y = (x * x).sum();
        Assert.False(y.is_leaf);
        Assert.True(y.requires_grad);
        y.backward();
        Expect.Values(x.grad!, 2, 4, 6);
    }

    [Fact]
    public void Backward_Twice_Accumulates()
    {
        var x = Leaf(1, 2);
        x.sum().backward();
        (x * 2).sum().backward();
        Expect.Values(x.grad!, 3, 3);
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Backward_IntoAPresetGradient_AddsInPlace()
    {
        var flat = zeros(4);
        var x = Leaf(1, 2);
        x.grad = flat.narrow(0, 2, 2);
        (x * x).sum().backward();
        (x * 10).sum().backward();
        Expect.Values(flat, 0, 0, 12, 14);
    }

    [Fact]
    public void Grad_EachGet_IsANewHandleToTheSameMemory()
    {
        var x = Leaf(1);
        x.sum().backward();
        var first = x.grad!;
        var second = x.grad!;
        Assert.NotSame(first, second);
        first.add_(4);
        Expect.Values(second, 5);
    }

    [Fact]
    public void Backward_WithWeights_WeighsTheOutputs()
    {
        var x = Leaf(1, 2);
        (x * 3).backward([tensor(new[] { 1f, 10f })]);
        Expect.Values(x.grad!, 3, 30);
    }

    [Fact]
    public void Backward_OfSeveralElementsWithoutWeights_Throws() =>
        Assert.ThrowsAny<Exception>(() => (Leaf(1, 2) * 2).backward());

    [Fact]
    public void Backward_OverAFreedGraph_ThrowsUnlessRetained()
    {
        var x = Leaf(2);
        var once = (x * x).sum();
        once.backward();
        Assert.ThrowsAny<Exception>(() => once.backward());

        var twice = (x * x).sum();
        twice.backward(retain_graph: true);
        twice.backward();
        Expect.Values(x.grad!, 12);
    }

    [Fact]
    public void Backward_LimitedToInputs_LeavesOthersAlone()
    {
        Tensor x = Leaf(1), y = Leaf(1);
        (x * y).sum().backward(inputs: [x]);
        Assert.NotNull(x.grad);
        Assert.Null(y.grad);
    }

    [Fact]
    public void NoGrad_RecordsNothing_UntilDisposed()
    {
        var x = Leaf(1);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            x.add_(1);
        }

        Assert.True(is_grad_enabled());
        Assert.Equal(2f, x.detach().item<float>());
    }

    [Fact]
    public void NoGrad_IsOfOneThread()
    {
        using var off = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(elsewhere);
    }

    [Fact]
    public void InferenceMode_RecordsNothing()
    {
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((Leaf(1) * 2).requires_grad);
        }

        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void Leaf_ChangedInPlaceWhileRecording_Throws() => Assert.ThrowsAny<Exception>(() => Leaf(1).add_(1));

    [Fact]
    public void Detach_CutsButShares()
    {
        var x = Leaf(1, 2);
        var cut = (x * 2).detach();
        Assert.False(cut.requires_grad);
        x.detach().fill_(7);
        Assert.Equal(7f, x.detach()[0].item<float>());
    }

    [Fact]
    public void Grad_Function_ReturnsAndAddsNowhere()
    {
        var x = Leaf(3);
        var gradient = autograd.grad([x * x], [x], retain_graph: true, create_graph: true);
        Expect.Values(gradient[0], 6);
        Assert.Null(x.grad);
        Expect.Values(autograd.grad([gradient[0]], [x])[0], 2);
    }

    // Where it is not allowed, TorchSharp 0.107 ends the process.
    [Fact]
    public void Grad_OfAnUnusedInput_IsAllowedWhereAskedFor()
    {
        Tensor x = Leaf(1), unused = Leaf(1);
        Assert.Equal(2, autograd.grad([x * 1], [x, unused], allow_unused: true).Count);
    }
}
