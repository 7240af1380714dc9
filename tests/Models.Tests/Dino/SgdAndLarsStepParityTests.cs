using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>
/// Two whole optimisation steps with SGD and with LARS against main_dino.py. The weights, crops and first gradients are
/// those of the AdamW file, bit for bit. Tolerances of a tensor's largest value: as there for loss, centre and gradients; 2e-5
/// for momentum, which is gradients added up (LARS's are as small as 1e-5). For weights that of momentum times the learning
/// rates, and a rounding: neither update magnifies the noise of a gradient as AdamW's does.
/// </summary>
public sealed class SgdAndLarsStepParityTests
{
    private const double Strict = 2e-6, GradientTolerance = 2e-5, GradientFloor = 1e-3;

    [Theory]
    [InlineData("sgd", 0.0001, "momentum_buffer", 1e-7)]
    [InlineData("lars", 0.3, "mu", 2e-6)]
    public void TwoSteps_EqualTheOriginal(string optimizer, double peak, string buffer, double weights)
    {
        using var golden = new Fixture($"dino_step_{optimizer}");
        using var start = new Fixture("dino_step_adamw");
        var (method, state) = GoldenSteps.Start(start, optimizer: optimizer, peak: peak);
        using var _ = state;
        Assert.Equal(["student", "teacher", buffer, "statistics"], method.State.Sections.Select(s => s.Name));
        using var lane = method.CreateLane(state);
        for (var s = 0; s < 2; s++)
        {
            using var scope = NewDisposeScope();
            state.Step = GoldenSteps.Iterations[s];
            using var sum = TinyRun.Sum(method, lane.Compute(GoldenSteps.Crops(golden, start, s), 0));
            Close.Assert(golden.Values($"step{s}.loss"), sum.SpanOf(DinoState.Loss), Strict, $"loss {s}");
            var gradients = s == 0 ? start : golden;
            foreach (var name in gradients.Under($"step{s}.grad."))
                Close.AssertRelative(gradients.Values($"step{s}.grad.{name}"), sum.SpanOf(name), GradientTolerance, GradientFloor, $"gradient {s} {name}");

            var report = GoldenSteps.Apply(method, state, sum, s);
            Assert.True(report.Finite);
            GoldenSteps.AssertScheduled(golden.Values($"step{s}.lr_wd_m"), report);
            Close.Assert(golden.Values($"step{s}.center"), state["statistics"].SpanOf("center"), Strict, $"centre {s}");
        }
        foreach (var entry in state[buffer].Layout.Entries)
        {
            var key = $"step1.opt.{buffer}.{entry.Name}";
            var expected = golden.Has(key) ? golden.Values(key) : new float[entry.Length]; // never trained: no state
            Close.AssertRelative(expected, state[buffer].SpanOf(entry.Name), GradientTolerance, 1e-5, $"{buffer} of {entry.Name}");
        }
        foreach (var section in new[] { "student", "teacher" })
            foreach (var entry in state[section].Layout.Entries)
                Close.Assert(golden.Values($"step1.{section}.after.{entry.Name}"), state[section].SpanOf(entry.Name), weights, $"{section} {entry.Name}");
    }
}
