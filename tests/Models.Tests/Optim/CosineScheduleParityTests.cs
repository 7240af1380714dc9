using Lockstep.Models.Optim;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Optim;

/// <summary>
/// Against DINO's cosine_scheduler. The golden doubles were read back from float32 precision where stored so; the
/// tolerance of 1e-9 relative to the peak is far below what a float32 weight can feel.
/// </summary>
public sealed class CosineScheduleParityTests
{
    private const double Peak = 0.0005 * 64 / 256;

    [Theory]
    [InlineData("lr", Peak, 1e-6, 14)]
    [InlineData("lr_nowarm", 0.0005, 1e-6, 0)]
    [InlineData("wd", 0.04, 0.4, 0)]
    [InlineData("momentum", 0.996, 1, 0)]
    public void At_EveryStep_EqualsTheOriginal(string name, double start, double end, int warmup)
    {
        using var golden = new Fixture("schedules");
        var expected = golden.Values(name);
        var schedule = new CosineSchedule(start, end, 70, warmup);
        for (var step = 0; step < 70; step++) Assert.Equal(expected[step], (float)schedule.At(step), 6e-8f * Math.Max(Math.Abs(expected[step]), 1e-6f));
    }

    [Fact]
    public void At_WarmupEnds_MeetsThePeakTwiceAndNeverTheEnd()
    {
        var schedule = new CosineSchedule(2, 0, 100, 10);
        Assert.Equal([0, 2, 2], [schedule.At(0), schedule.At(9), schedule.At(10)]);
        for (var step = 10; step < 99; step++) Assert.True(schedule.At(step + 1) < schedule.At(step));
        Assert.True(schedule.At(99) > 0);
        Assert.Equal(0, schedule.At(100));
    }

    [Fact]
    public void At_WarmupOfOneStepOrTheWholeRun_IsDefined()
    {
        Assert.Equal([0, 2], [new CosineSchedule(2, 0, 10, 1).At(0), new CosineSchedule(2, 0, 10, 1).At(1)]);
        Assert.Equal([0, 2, 0], [new CosineSchedule(2, 0, 10, 10).At(0), new CosineSchedule(2, 0, 10, 10).At(9), new CosineSchedule(2, 0, 10, 10).At(10)]);
    }
}
