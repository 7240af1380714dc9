using Lockstep.Models.Optim;
using Lockstep.Models.Options;

namespace Lockstep.Models.Dino;

/// <summary>Every number of a DINO step that changes over the run, as a function of the step alone.</summary>
public sealed class DinoSchedule(DinoOptions dino, OptimOptions optim, RunShape run)
{
    private readonly CosineSchedule _learningRate = new(
        optim.LearningRate * run.GlobalBatch / 256, optim.MinLearningRate, run.TotalSteps,
        Math.Min(run.TotalSteps, run.StepsIn(optim.WarmupEpochs)));

    private readonly CosineSchedule _weightDecay = new(optim.WeightDecay, optim.WeightDecayEnd, run.TotalSteps);
    private readonly CosineSchedule _momentum = new(dino.MomentumTeacher, dino.MomentumTeacherEnd, run.TotalSteps);
    private readonly long _frozenSteps = run.FirstStepOf(dino.FreezeLastLayerEpochs);

    public DinoStep At(long step) => new(
        _learningRate.At(step),
        _weightDecay.At(step),
        _momentum.At(step),
        TeacherTemperature(run.EpochOf(step)),
        UpdateCount: step + 1,
        LastLayerUpdateCount: Math.Max(0, step + 1 - _frozenSteps));

    /// <summary>Linear over the warm-up epochs, both ends included, then constant.</summary>
    public double TeacherTemperature(long epoch)
    {
        var warmup = dino.WarmupTeacherTempEpochs;
        if (epoch >= warmup) return dino.TeacherTemp;
        if (warmup == 1) return dino.WarmupTeacherTemp;
        return dino.WarmupTeacherTemp + (dino.TeacherTemp - dino.WarmupTeacherTemp) * epoch / (warmup - 1);
    }
}
