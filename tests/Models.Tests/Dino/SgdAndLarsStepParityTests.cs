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
            using var sum = GoldenSteps.Take(method, state, lane, golden, start, s);
        }
        foreach (var entry in state[buffer].Layout.Entries)
        {
            var key = $"step1.opt.{buffer}.{entry.Name}";
            var expected = golden.Has(key) ? golden.Values(key) : new float[entry.Length]; // never trained: no state
            Close.AssertRelative(expected, state[buffer].SpanOf(entry.Name), GoldenSteps.GradientTolerance, 1e-5, $"{buffer} of {entry.Name}");
        }
        foreach (var section in new[] { "student", "teacher" })
            foreach (var entry in state[section].Layout.Entries)
                Close.Assert(golden.Values($"step1.{section}.after.{entry.Name}"), state[section].SpanOf(entry.Name), weights, $"{section} {entry.Name}");
    }
}
