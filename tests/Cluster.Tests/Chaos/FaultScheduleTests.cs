namespace Lockstep.Cluster.Tests.Chaos;

public sealed class FaultScheduleTests
{
    [Fact]
    public void Create_2000Seeds_OneNodeIsUntouchedAtAnyTime()
    {
        for (var seed = 0UL; seed < 2000; seed++)
        {
            var nodes = 3 + (int)(seed % 4);
            var schedule = FaultSchedule.Create(seed, nodes, 120);
            foreach (var moment in schedule.Events) // the touched grow at the begin of a fault only
            {
                var touched = schedule.Events
                    .Where(e => e.AtSeconds <= moment.AtSeconds && moment.AtSeconds < e.UntilSeconds)
                    .SelectMany(e => e.Touched).Where(n => n < nodes).ToList();
                Assert.True(touched.Distinct().Count() < nodes, $"at {moment.AtSeconds:F1} s nobody is left\n{schedule}");
                Assert.True(touched.Distinct().Count() == touched.Count, $"at {moment.AtSeconds:F1} s a node is touched twice\n{schedule}");
            }
        }
    }

    [Fact]
    public void Create_2000Seeds_KindsAreCovered()
    {
        for (var seed = 0UL; seed < 2000; seed++)
        {
            var minute = FaultSchedule.Create(seed, 4, 60);
            var two = FaultSchedule.Create(seed, 4, 150);
            Assert.True(minute.Events.Select(e => e.Kind).Distinct().Count() >= 8, $"{minute}");
            Assert.True(two.Events.Select(e => e.Kind).Distinct().Count() == Enum.GetValues<FaultKind>().Length, $"{two}");
        }
    }

    [Fact]
    public void Create_AnySeed_IsInOrderAndDense()
    {
        for (var seed = 0UL; seed < 1000; seed++)
        {
            var schedule = FaultSchedule.Create(seed, 4 + (int)(seed % 3), 600);
            var gaps = schedule.Events.Zip(schedule.Events.Skip(1), (a, b) => b.AtSeconds - a.AtSeconds).ToList();
            Assert.True(gaps.Min() > 0 && gaps.Max() < 40 && gaps.Average() < 7.5, $"gaps {gaps.Min()} to {gaps.Max()}, mean {gaps.Average()}\n{schedule}");
            Assert.InRange(schedule.Events[^1].AtSeconds, 550, 600);
        }
    }

    [Fact]
    public void Create_SameSeed_SameSchedule_OtherSeed_Another()
    {
        Assert.Equal(FaultSchedule.Create(5, 4, 60).ToString(), FaultSchedule.Create(5, 4, 60).ToString());
        Assert.NotEqual(FaultSchedule.Create(5, 4, 60).ToString(), FaultSchedule.Create(6, 4, 60).ToString());
        Assert.Contains("seed 5", FaultSchedule.Create(5, 4, 60).ToString());
    }
}
