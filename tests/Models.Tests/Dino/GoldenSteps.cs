using Lockstep.Models.Dino;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>The two golden optimisation steps: how they begin, what they are fed, how they are applied.</summary>
internal static class GoldenSteps
{
    /// <summary>Places of the two steps in their schedules, though they are the optimizer's first and second.</summary>
    public static readonly long[] Iterations = [3, 9];

    /// <param name="golden">Has the weights before the first step.</param>
    /// <param name="microbatches">One a process of the original.</param>
    /// <param name="optimizer">Name of the optimizer.</param>
    /// <param name="peak">Its learning rate after the warm-up; the schedule ends at a 200th of it.</param>
    public static (DinoMethod Method, ReplicaState State) Start(Fixture golden, int microbatches = 1, string optimizer = "adamw", double peak = 0.002)
    {
        var (method, state) = TinyRun.Start(microbatches, change: options => options with
        {
            Optim = options.Optim with { Optimizer = optimizer, LearningRate = options.Optim.LearningRate * peak / 0.002, MinLearningRate = peak / 200 },
        });
        Assert.Equal(golden.Under("student.before.").Order(StringComparer.Ordinal), state["student"].Layout.Entries.Select(e => e.Name).Order(StringComparer.Ordinal));
        foreach (var section in new[] { "student", "teacher" })
            foreach (var name in golden.Under($"{section}.before."))
                golden.Values($"{section}.before.{name}").CopyTo(state[section].SpanOf(name));
        golden.Values("center.before").CopyTo(state["statistics"].SpanOf("center"));
        return (method, state);
    }

    /// <summary>Step s with its own counts of updates: the last layer is frozen in the first, so its count is one behind.</summary>
    public static StepReport Apply(DinoMethod method, ReplicaState state, FlatBuffer sum, int s)
    {
        var scheduled = method.Schedule.At(Iterations[s]) with { UpdateCount = s + 1, LastLayerUpdateCount = s };
        var report = method.Apply(state, sum, scheduled);
        Assert.Equal(Iterations[s] + 1, state.Step);
        return report;
    }

    /// <summary>The six crops of step s; those that all files share are in the fallback.</summary>
    public static Tensor[] Crops(Fixture golden, Fixture fallback, int s) => [.. Enumerable.Range(0, 6).Select(c =>
    {
        var name = $"step{s}.in.crop{c}";
        return (golden.Has(name) ? golden : fallback).Tensor(name);
    })];

    public static void AssertScheduled(float[] expected, StepReport report)
    {
        Assert.Equal(expected[0], report.Values["learning_rate"], 1e-7 * Math.Max(0.01, expected[0]));
        Assert.Equal(expected[1], report.Values["weight_decay"], 1e-8);
        Assert.Equal(expected[2], report.Values["teacher_momentum"], 1e-7);
    }
}
