using Lockstep.Models.Dino;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Dino;

public sealed class DinoScheduleTests
{
    private static readonly RunShape s_shape = new(Seed: 5, Samples: 103, GlobalBatch: 16, Microbatches: 4, TotalSteps: 100);

    [Theory]
    [InlineData(LastBatch.Drop, 6, 12)]
    [InlineData(LastBatch.Carry, 7, 13)] // 6.4 steps an epoch
    public void At_EpochsOfTheRecipe_EndWhereTheDatasEpochsEnd(LastBatch lastBatch, int firstOfEpoch1, int firstOfEpoch2)
    {
        var shape = s_shape with { LastBatch = lastBatch };
        var options = TinyRun.Options(shape);
        var schedule = new DinoSchedule(TinyRun.Dino, options.Optim with { WarmupEpochs = 2 }, shape);

        // The last layer learns from the first step of epoch 1 on; the temperature changes with the epoch.
        Assert.Equal((0L, 1L), (schedule.At(firstOfEpoch1 - 1).LastLayerUpdateCount, schedule.At(firstOfEpoch1).LastLayerUpdateCount));
        Assert.Equal(schedule.TeacherTemperature(1), schedule.At(firstOfEpoch2 - 1).TeacherTemperature);
        Assert.Equal(schedule.TeacherTemperature(2), schedule.At(firstOfEpoch2).TeacherTemperature);
        Assert.NotEqual(schedule.TeacherTemperature(1), schedule.TeacherTemperature(2));

        // The ramp of two epochs ends with the peak.
        var peak = Enumerable.Range(0, 100).MaxBy(step => schedule.At(step).LearningRate);
        Assert.InRange(peak, firstOfEpoch2 - 1, firstOfEpoch2);
    }
}
