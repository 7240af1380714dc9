using Lockstep.Models.Optim;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Optim;

public sealed class GradientClipTests
{
    private static readonly string[] Names = ["long", "short"];

    [Fact]
    public void Apply_ClipsEachTensorByItself()
    {
        using var gradients = Gradients();
        var norms = GradientClip.Norms(gradients, Names);
        Assert.Equal([5f, 0.5f], norms);
        GradientClip.Apply(gradients, Names, norms, 1);
        Assert.Equal([0.6f, 0.8f], gradients.SpanOf("long").ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0.3f, 0.4f], gradients.SpanOf("short").ToArray());
    }

    [Fact]
    public void Apply_LimitZero_DoesNothing()
    {
        using var gradients = Gradients();
        GradientClip.Apply(gradients, Names, GradientClip.Norms(gradients, Names), 0);
        Assert.Equal([3f, 4f], gradients.SpanOf("long").ToArray());
    }

    private static FlatBuffer Gradients()
    {
        var gradients = new FlatBuffer(new FlatLayout([("long", [2]), ("short", [2])]));
        float[] values = [3, 4];
        values.CopyTo(gradients.SpanOf("long"));
        values = [0.3f, 0.4f];
        values.CopyTo(gradients.SpanOf("short"));
        return gradients;
    }
}
