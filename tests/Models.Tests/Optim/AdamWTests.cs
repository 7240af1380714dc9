using Lockstep.Models.Optim;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Optim;

public sealed class AdamWTests
{
    [Fact]
    public void Update_ThreeTimes_FollowsTheFormula()
    {
        var layout = new FlatLayout([("w", [3])]);
        using var weights = new FlatBuffer(layout);
        using var gradients = new FlatBuffer(layout);
        using var first = new FlatBuffer(layout);
        using var second = new FlatBuffer(layout);
        double[] w = [1, -2, 0.5], m = [0, 0, 0], v = [0, 0, 0];
        for (var i = 0; i < 3; i++) weights.Span[i] = (float)w[i];
        var adam = new AdamW(0.9, 0.999, 1e-8);
        for (var t = 1; t <= 3; t++)
        {
            for (var i = 0; i < 3; i++)
            {
                double g = gradients.Span[i] = 0.1f * t * (i - 1);
                w[i] *= 1 - 0.01 * 0.1;
                m[i] = 0.9 * m[i] + 0.1 * g;
                v[i] = 0.999 * v[i] + 0.001 * g * g;
                w[i] -= 0.01 * (m[i] / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-8);
            }
            adam.Update("w", weights, gradients, [first, second], learningRate: 0.01, weightDecay: 0.1, t);
        }
        for (var i = 0; i < 3; i++) Assert.Equal(w[i], weights.Span[i], 1e-6);
    }
}
