using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests;

public sealed class ArithmeticTests
{
    [Fact]
    public void Numbers_WhileTheCollectorRuns_ReachLibtorchWhole()
    {
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var collector = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
                GC.Collect(0);
                Thread.Sleep(1);
            }
        });
        collector.Start();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var noGradients = no_grad();
            using var ones = torch.ones(64, 64);
            while (!over.IsCancellationRequested)
            {
                using var scope = NewDisposeScope();
                Assert.Equal(0.5f, ones.Plus(ones).Over(4)[3, 3].item<float>());
                Assert.Equal(7, ones.alias().Plus(ones, 2).Plus(1).ScaleBy(2).Increase(ones, -2).Increase(ones)[3, 3].item<float>());
            }
        });
        collector.Join();
    }

    [Fact]
    public void Operators_AreTorchs()
    {
        using var scope = NewDisposeScope();
        var (x, y, z) = (tensor([1f, -2f]), tensor([3f, 5f]), tensor([2f, 4f]));
        Same([4, 3], x.Plus(y));
        Same([2.5f, 0.5f], x.Plus(y, 0.5));
        Same([1.5f, -1.5f], x.Plus(0.5));
        Same([3, -6], x.Times(3));
        Same([0.25f, -0.5f], x.Over(4));
        Assert.Equal([true, false], x.Exceeds(0).data<bool>().ToArray());

        Same([4, 3], x.clone().Increase(y));
        Same([2.5f, 0.5f], x.clone().Increase(y, 0.5));
        Same([1.5f, -1.5f], x.clone().Increase(0.5));
        Same([13, 38], x.clone().IncreaseByProduct(y, z, 2));
        Same([4, 0.5f], x.clone().IncreaseByQuotient(y, z, 2));
        Same([3, -6], x.clone().ScaleBy(3));
        Same([0.25f, -0.5f], x.DivideBy(4));
        Same([0.25f, -0.5f], x); // in place
    }

    private static void Same(float[] expected, Tensor tensor) => Assert.Equal(expected, tensor.data<float>().ToArray());
}
