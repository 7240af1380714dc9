using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>The two golden optimisation steps: how they begin, what they are fed, how they are applied.</summary>
internal static class GoldenSteps
{
    /// <summary>Places of the two steps in their schedules, though they are the optimizer's first and second.</summary>
    public static readonly long[] Iterations = [3, 9];

    /// <summary>Tolerances of a tensor's largest value: losses and centre; gradients, of no less than the floor.</summary>
    public const double Strict = 2e-6, GradientTolerance = 2e-5, GradientFloor = 1e-3;

    // Parameters that have one: all but the prototypes' lengths.
    private const int WithGradient = 37;

    /// <param name="golden">Has the weights before the first step.</param>
    /// <param name="microbatches">One a process of the original.</param>
    /// <param name="optimizer">Name of the optimizer.</param>
    /// <param name="peak">Its learning rate after the warm-up; the schedule ends at a 200th of it.</param>
    /// <param name="change">Of the options, besides.</param>
    public static (DinoMethod Method, ReplicaState State) Start(
        Fixture golden, int microbatches = 1, string optimizer = "adamw", double peak = 0.002, Func<MethodOptions, MethodOptions>? change = null)
    {
        var (method, state) = TinyRun.Start(microbatches, change: options => (change is null ? options : change(options)) with
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

    /// <summary>Takes step s in one process, and checks what is the same for all optimizers: loss, gradients, schedules, centre.</summary>
    /// <param name="shared">Has the first gradients, and crops that golden lacks.</param>
    /// <returns>The sum as Apply leaves it: its gradients are clipped.</returns>
    public static FlatBuffer Take(DinoMethod method, ReplicaState state, ILane lane, Fixture golden, Fixture shared, int s)
    {
        state.Step = Iterations[s];
        var sum = TinyRun.Sum(method, lane.Compute(Crops(golden, shared, s), 0));
        Close.Assert(golden.Values($"step{s}.loss"), sum.SpanOf(DinoState.Loss), Strict, $"loss {s}");
        AssertGradients(s == 0 ? shared : golden, sum, s, "grad");

        var report = Apply(method, state, sum, s);
        Assert.True(report.Finite);
        AssertScheduled(golden.Values($"step{s}.lr_wd_m"), report);
        Close.Assert(golden.Values($"step{s}.center"), state["statistics"].SpanOf("center"), Strict, $"centre {s}");
        return sum;
    }

    /// <param name="kind">grad, or clipped.</param>
    /// <param name="processes">Of whose gradients the sum is.</param>
    public static void AssertGradients(Fixture golden, FlatBuffer sum, int s, string kind, int processes = 1)
    {
        var names = golden.Under($"step{s}.{kind}.").ToList();
        Assert.Equal(kind == "clipped" && s == 0 ? WithGradient - 1 : WithGradient, names.Count); // the frozen last layer has lost its own
        foreach (var name in names)
        {
            var mean = sum.SpanOf(name).ToArray().Select(g => g / processes).ToArray();
            Close.AssertRelative(golden.Values($"step{s}.{kind}.{name}"), mean, GradientTolerance, GradientFloor, $"{kind} {s} {name}");
        }
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

    private static void AssertScheduled(float[] expected, StepReport report)
    {
        Assert.Equal(expected[0], report.Values["learning_rate"], 1e-7 * Math.Max(0.01, expected[0]));
        Assert.Equal(expected[1], report.Values["weight_decay"], 1e-8);
        Assert.Equal(expected[2], report.Values["teacher_momentum"], 1e-7);
    }
}
