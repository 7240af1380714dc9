using Lockstep.Models.Backbones;
using Lockstep.Models.Chance;
using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>
/// With K = 65,536 unit prototypes of 256 dimensions the logits are cosines of standard deviation 1/16, so the first loss
/// lies between about 10.3 (teacher and student see the same) and 11.3 (they see unrelated things), not at ln K = 11.09.
/// </summary>
public sealed class FirstLossTests
{
    [Fact]
    public void FirstLoss_FullHead_IsInTheExpectedRange()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var options = TinyRun.Dino with { OutDim = 65536, BottleneckDim = 256 };
        var shape = new VitShape(32, 8, 48, 2, 3, 4);
        var recorder = new LayoutRecorder();
        using (new DinoNetwork(recorder, shape, options, 0)) { }
        using var weights = new FlatBuffer(recorder.Layout);
        recorder.Initialize(weights, seed: 1);
        using var parameters = new ParameterBinder(weights);
        using var network = new DinoNetwork(parameters, shape, options, 0);

        var crops = new[] { Noise(1, 32), Noise(2, 32), Noise(3, 16) };
        var teacher = network.Forward(crops[..2], null).Logits;
        var student = network.Forward(crops, null).Logits;
        Assert.InRange(student.abs().max().item<float>(), 0.1, 1.0001);

        var (loss, _, _) = DinoLoss.Compute(student, TeacherAnswer.Centred(teacher, zeros([1, 65536]), 0.04), 0.1);
        Assert.InRange(loss.item<float>(), 10.25, 11.35);
        Assert.NotEqual(Math.Log(65536), loss.item<float>(), 0.005);
    }

    private static Tensor Noise(ulong key, int side)
    {
        var chance = new Philox(ChanceDomain.Samples, 1, key);
        var pixels = new float[2 * 3 * side * side];
        foreach (ref var pixel in pixels.AsSpan()) pixel = (float)chance.NextNormal();
        return tensor(pixels).reshape(2, 3, side, side);
    }
}
