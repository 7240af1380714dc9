using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Layers;

public sealed class PrecisionTests
{
    /// <summary>The last bit of a bfloat16 is a 128th to a 256th of the value; rounding errs by half of it.</summary>
    private const double HalfStep = 1.0 / 256;

    [Fact]
    public void Linear_BFloat16_RoundsFactorsAndProductAndSumsExactly()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Values(64, 96), Values(32, 96), Values(32));
        var product = Precision.BFloat16.Linear(x, weight, bias);
        Assert.Equal(ScalarType.BFloat16, product.dtype);
        // In double from the rounded factors. A sum in bfloat16 would be off by many steps: tolerance one half step, and a little.
        var expected = matmul(Rounded(x), Rounded(weight).transpose(0, 1)) + Rounded(bias);
        var error = (product.to(ScalarType.Float64) - expected).abs() / expected.abs().clamp_min(1);
        Assert.InRange(error.max().item<double>(), 1e-4, HalfStep * 1.01);
    }

    [Fact]
    public void MatMulAndConvolve_BFloat16_RoundFactorsAndProduct()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Values(2, 3, 8, 16), Values(2, 3, 16, 8));
        Near(matmul(Rounded(a), Rounded(b)), Precision.BFloat16.MatMul(a, b));
        var (images, kernels) = (Values(2, 3, 9, 9), Values(4, 3, 3, 3));
        Near(nn.functional.conv2d(Rounded(images), Rounded(kernels), null, [2, 2], [1, 1]), Precision.BFloat16.Convolve(images, kernels, [2, 2], [1, 1]));
    }

    [Fact]
    public void Linear_BFloat16_GradientsAreFloat32AndAddUpThere()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Values(8, 16), Values(4, 16).requires_grad_(), Values(4).requires_grad_());
        Precision.BFloat16.Linear(x, weight, bias).sum().backward();
        Precision.BFloat16.Linear(x * 0.001f, weight, bias).sum().backward(); // would be lost in bfloat16
        Assert.Equal(ScalarType.Float32, weight.grad!.dtype);
        var expected = (Rounded(x).sum(dim: 0) + Rounded(x * 0.001f).sum(dim: 0)).expand(4, 16);
        var error = (weight.grad.to(ScalarType.Float64) - expected).abs().max().item<double>();
        Assert.InRange(error, 0, HalfStep * expected.abs().max().item<double>());
        Assert.NotEqual(weight.grad.data<float>().ToArray(), weight.grad.bfloat16().@float().data<float>().ToArray());
    }

    [Fact]
    public void Float32_RoundsNothing()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Values(8, 16), Values(4, 16), Values(4));
        Assert.Equal(nn.functional.linear(x, weight, bias).data<float>().ToArray(), Precision.Float32.Linear(x, weight, bias).data<float>().ToArray());
        Assert.Same(x, Precision.Exact(x));
        Assert.Equal(ScalarType.Float32, Precision.Exact(x.bfloat16()).dtype);
    }

    private static void Near(Tensor expected, Tensor product)
    {
        Assert.Equal(ScalarType.BFloat16, product.dtype);
        var error = (product.to(ScalarType.Float64) - expected).abs() / expected.abs().clamp_min(1);
        Assert.InRange(error.max().item<double>(), 1e-4, HalfStep * 1.01);
    }

    private static Tensor Rounded(Tensor x) => x.detach().bfloat16().to(ScalarType.Float64);

    // Numbers without a pattern, the same in every run.
    private static Tensor Values(params long[] shape) => ((arange(shape.Aggregate(1L, (a, b) => a * b)).to(ScalarType.Float32) * 12.9898f).sin() * 3).reshape(shape);
}
