using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests;

public sealed class ArithmeticTests
{
    [Fact] // the stand-in's Scalar is managed: with it, nothing can go wrong here
    public void Numbers_WhileTheCollectorRuns_ReachLibtorchWhole()
    {
        using var over = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var collector = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
                GC.Collect(0);
                over.Token.WaitHandle.WaitOne(1);
            }
        })
        { IsBackground = true };
        collector.Start();
        try
        {
            Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
            {
                using var noGradients = no_grad();
                using var ones = torch.ones(64, 64);
                while (!over.IsCancellationRequested)
                {
                    using var scope = NewDisposeScope();
                    Assert.Equal(0.5f, ones.Plus(ones).Over(4)[3, 3].item<float>());
                    Assert.Equal(7, ones.Plus(ones, 2).Plus(1).ScaleBy(2).Increase(ones, -2).Increase(ones)[3, 3].item<float>());
                }
            });
        }
        finally
        {
            over.Cancel();
            collector.Join();
        }
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

        InPlace([4, 3], t => t.Increase(y));
        InPlace([2.5f, 0.5f], t => t.Increase(y, 0.5));
        InPlace([1.5f, -1.5f], t => t.Increase(0.5));
        InPlace([13, 38], t => t.IncreaseByProduct(y, z, 2));
        InPlace([4, 0.5f], t => t.IncreaseByQuotient(y, z, 2));
        InPlace([3, -6], t => t.ScaleBy(3));
        InPlace([0.25f, -0.5f], t => t.DivideBy(4));

        void InPlace(float[] expected, Func<Tensor, Tensor> operation)
        {
            var target = x.clone();
            Assert.Same(target, operation(target));
            Same(expected, target);
        }
    }

    private static void Same(float[] expected, Tensor tensor) => Assert.Equal(expected, tensor.data<float>().ToArray());
}
