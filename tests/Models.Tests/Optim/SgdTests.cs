using Lockstep.Models.Optim;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Optim;

public sealed class SgdTests
{
    [Fact]
    public void Update_FirstBufferIsTheDecayedGradient_ThenItIsAveraged()
    {
        var layout = new FlatLayout([("w", [2])]);
        using var weights = new FlatBuffer(layout);
        using var gradients = new FlatBuffer(layout);
        using var buffer = new FlatBuffer(layout);
        (weights.Span[0], weights.Span[1]) = (2, -4);
        (gradients.Span[0], gradients.Span[1]) = (1, 0);
        var sgd = new Sgd(Momentum: 0.5);

        sgd.Update("w", weights, gradients, [buffer], learningRate: 0.5, weightDecay: 0.25, count: 1);
        Assert.Equal([1.5f, -1], buffer.SpanOf("w").ToArray());     // g + w / 4, as torch begins
        Assert.Equal([1.25f, -3.5f], weights.SpanOf("w").ToArray()); // w - b / 2

        sgd.Update("w", weights, gradients, [buffer], learningRate: 0.5, weightDecay: 0, count: 2);
        Assert.Equal([1.75f, -0.5f], buffer.SpanOf("w").ToArray());  // b / 2 + g
        Assert.Equal([0.375f, -3.25f], weights.SpanOf("w").ToArray());
        Assert.Equal([1f, 0], gradients.SpanOf("w").ToArray());
    }
}
