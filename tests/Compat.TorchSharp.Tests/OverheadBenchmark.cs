using System.Diagnostics;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

/// <summary>What an operator costs beside its arithmetic. Runs only when asked: -explicit only -showLiveOutput.</summary>
public sealed class OverheadBenchmark(ITestOutputHelper output)
{
    private const int CallsPerScope = 100;
    private const int ScopesPerRound = 20;
    private const int Rounds = 300;

    [Fact(Explicit = true)]
    public void Overhead_OfSmallOperators()
    {
        using var all = NewDisposeScope();
        set_num_threads(1);
        Tensor x = ones(8), y = ones(8), matrix = ones(4, 4), parameter = ones(8).requires_grad_();

        Print("x.numel()", () => x.numel());
        Print("x.alias()", () => x.alias());
        Print("x.view(2, 4)", () => x.view(2, 4));
        Print("x.add(y)", () => x.add(y));
        Print("x.add_(y)", () => x.add_(y));
        Print("x * 2.0", () => _ = x * 2.0);
        Print("x[1]", () => _ = x[1]);
        Print("matrix[.., 0]", () => _ = matrix[.., 0]);
        Print("linear(m, m)", () => nn.functional.linear(matrix, matrix));
        Print("parameter * 2.0, recorded", () => _ = parameter * 2.0);
    }

    /// <summary>The best of many short rounds, so that a busy machine does not show.</summary>
    private void Print(string name, Action call)
    {
        for (var warmUp = 0; warmUp < 3; warmUp++)
        {
            Round(call);
            Thread.Sleep(100); // time for the second compiler tier
        }

        var best = double.MaxValue;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
            best = Math.Min(best, Round(call));
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (Rounds * ScopesPerRound * CallsPerScope);
        output.WriteLine($"{name,-28}{best,8:0.00} us{bytes,6} B");
    }

    private static double Round(Action call)
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < ScopesPerRound; i++)
        {
            using var scope = NewDisposeScope();
            for (var j = 0; j < CallsPerScope; j++)
                call();
        }

        return watch.Elapsed.TotalMicroseconds / (ScopesPerRound * CallsPerScope);
    }
}
