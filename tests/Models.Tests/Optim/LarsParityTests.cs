using Lockstep.Models.Optim;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Optim;

/// <summary>
/// Against DINO's utils.LARS over three updates: matrices, a convolution with a step of zero gradient, a bias, a matrix that
/// starts at zero. Tolerance 1e-6 of a tensor's largest value: float32 roundings of norms and products.
/// </summary>
public sealed class LarsParityTests
{
    [Fact]
    public void Update_ThreeTimes_EqualsTheOriginal()
    {
        using var golden = new Fixture("lars");
        string[] names = [.. golden.Under("grad.0.")];
        Assert.Equal(4, names.Length);
        var layout = new FlatLayout(names.Select(n => (n, golden.Shape($"before.{n}"))));
        using var weights = new FlatBuffer(layout);
        using var gradients = new FlatBuffer(layout);
        using var buffer = new FlatBuffer(layout);
        foreach (var name in names) golden.Values($"before.{name}").CopyTo(weights.SpanOf(name));
        var lars = new Lars(Momentum: 0.9, Eta: 0.001);
        for (var t = 0; t < 3; t++)
        {
            foreach (var name in names)
            {
                golden.Values($"grad.{t}.{name}").CopyTo(gradients.SpanOf(name));
                lars.Update(name, weights, gradients, [buffer], learningRate: 0.3, weightDecay: name == "bias" ? 0 : 0.05, t + 1);
                Close.AssertRelative(golden.Values($"mu.{t}.{name}"), buffer.SpanOf(name), 1e-6, 1e-6, $"mu {t} {name}");
                Close.Assert(golden.Values($"after.{t}.{name}"), weights.SpanOf(name), 1e-6, $"{name} {t}");
            }
        }
    }
}
