using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

/// <summary>What the flat store rests on: parameters that are views of one buffer, used by several lanes at once.</summary>
public sealed class ParameterTests
{
    [Fact]
    public void Parameter_TakesTheHandleOver()
    {
        var data = ones(2);
        var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.True(parameter.requires_grad);
        Assert.True(parameter.is_leaf);
        Expect.Values(parameter, 1, 1);
        Assert.False(new Parameter(ones(2), requires_grad: false).requires_grad);
        Assert.True(nn.Parameter(ones(1)).requires_grad);
    }

    [Fact]
    public void Parameter_TakesThePlaceInTheScope()
    {
        Parameter parameter;
        using (var scope = NewDisposeScope())
        {
            parameter = new Parameter(ones(2));
            Assert.Equal(1, scope.DisposablesCount);
            Assert.True(scope.Contains(parameter));
        }

        Assert.True(parameter.IsInvalid);
    }

    [Fact]
    public void Parameter_OverAViewOfAFlatBuffer_FollowsIt()
    {
        var flat = arange(6, dtype: float32);
        var parameter = new Parameter(flat.narrow(0, 2, 4).view(2, 2));
        Expect.Values(parameter, 2, 3, 4, 5);
        flat.mul_(10);
        Expect.Values(parameter, 20, 30, 40, 50);
        using (no_grad())
            parameter.fill_(1);
        Expect.Values(flat, 0, 10, 1, 1, 1, 1);
    }

    [Fact]
    public void TwoLanes_OverOneBuffer_GetTheSameBits()
    {
        const int Steps = 20;
        manual_seed(1);
        var flat = randn(16 * 32 + 16);
        var input = randn(8, 32);

        var alone = Lane(flat, input, Steps);
        var both = new Tensor[2];
        var threads = Enumerable.Range(0, 2)
            .Select(i => new Thread(() => both[i] = Lane(flat, input, Steps)))
            .ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.True(alone.abs().sum().item<float>() > 0);
        Expect.SameBits(alone, both[0]);
        Expect.SameBits(alone, both[1]);
    }

    /// <summary>The gradients that one lane sums into its own flat buffer.</summary>
    private static Tensor Lane(Tensor flat, Tensor input, int steps)
    {
        var gradients = zeros_like(flat);
        using var scope = NewDisposeScope();
        var weight = new Parameter(flat.narrow(0, 0, 512).view(16, 32));
        var bias = new Parameter(flat.narrow(0, 512, 16));
        weight.grad = gradients.narrow(0, 0, 512).view(16, 32);
        bias.grad = gradients.narrow(0, 512, 16);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var output = nn.functional.gelu(nn.functional.linear(input, weight, bias));
            output.square().mean().backward();
        }

        return gradients;
    }
}
