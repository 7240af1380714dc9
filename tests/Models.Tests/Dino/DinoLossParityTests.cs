using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>Against DINO's own DINOLoss over three updates. Tolerance 1e-6 of the largest value: float32 roundings, other order of the pairs.</summary>
public sealed class DinoLossParityTests
{
    [Fact]
    public void Loss_ThreeUpdates_EqualTheOriginal()
    {
        using var scope = NewDisposeScope();
        using var golden = new Fixture("dino_loss");
        var schedule = new DinoSchedule(TinyRun.Dino, TinyRun.Options(TinyRun.Shape()).Optim, TinyRun.Shape());
        var center = golden.Tensor("out.center.init");
        for (var u = 0; u < 3; u++)
        {
            var student = golden.Tensor($"in.student.{u}").requires_grad_();
            var teacher = golden.Tensor($"in.teacher.{u}");
            var (loss, _, _) = DinoLoss.Compute(student, TeacherAnswer.Centred(teacher, center, schedule.TeacherTemperature(u)), 0.1);
            loss.backward();
            Close.Assert(golden.Values($"out.loss.{u}"), loss, 1e-6, $"loss {u}");
            Close.AssertRelative(golden.Values($"grad.student.{u}"), student.grad!.data<float>().ToArray(), 5e-6, 1e-3, $"gradient {u}");

            center = center * 0.9 + teacher.sum(dim: 0) * (0.1 / 8);
            Close.Assert(golden.Values($"out.center.{u}"), center, 1e-6, $"centre {u}");
        }
    }

    [Fact]
    public void TeacherTemperature_EveryEpoch_EqualsTheOriginal()
    {
        using var golden = new Fixture("dino_loss");
        var schedule = new DinoSchedule(TinyRun.Dino, TinyRun.Options(TinyRun.Shape()).Optim, TinyRun.Shape());
        var expected = golden.Values("out.teacher_temp_schedule");
        for (var epoch = 0; epoch < 10; epoch++) Assert.Equal(expected[epoch], schedule.TeacherTemperature(epoch), 1e-8f);
    }

    [Fact]
    public void Loss_UniformStudent_IsLnK()
    {
        using var scope = NewDisposeScope();
        var (loss, entropy, _) = DinoLoss.Compute(zeros([6, 4096]), TeacherAnswer.Centred(zeros([4, 4096]), zeros([1, 4096]), 0.04), 0.1);
        Assert.Equal(8.3178, loss.item<float>(), 1e-4);
        Assert.Equal(8.3178, entropy.item<float>(), 1e-4);
    }

    [Fact]
    public void Prototypes_ShareOutTheTeachersRows()
    {
        using var scope = NewDisposeScope();
        var teacher = tensor(new float[] { 9, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 9, 0 }).reshape(4, 4);
        var (_, _, prototypes) = DinoLoss.Compute(zeros([4, 4]), TeacherAnswer.Centred(teacher, zeros([1, 4]), 0.04), 0.1);
        Close.Assert([2, 1, 1, 0], prototypes, 1e-6, "rows");
    }

    [Fact]
    public void Loss_NoLocalViews_HasTwoPairs()
    {
        using var scope = NewDisposeScope();
        var logits = arange(0, 8, dtype: ScalarType.Float32).reshape(2, 4) / 10;
        var (loss, _, _) = DinoLoss.Compute(logits, TeacherAnswer.Centred(logits, zeros([1, 4]), 0.04), 0.1);
        var q = nn.functional.softmax(logits / 0.04, -1);
        var p = nn.functional.log_softmax(logits / 0.1, -1);
        var expected = -((q[0] * p[1]).sum() + (q[1] * p[0]).sum()) / 2;
        Assert.Equal(expected.item<float>(), loss.item<float>(), 1e-6f);
    }
}
