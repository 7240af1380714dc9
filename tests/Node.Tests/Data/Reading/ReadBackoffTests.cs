using Lockstep.Node.Data.Reading;
using Xunit;

namespace Lockstep.Node.Tests.Data.Reading;

public sealed class ReadBackoffTests
{
    [Fact]
    public void PauseAfter_Failures_DoublesToFiveSecondsAndEndsWithPatience()
    {
        var patience = TimeSpan.FromSeconds(20);
        var pauses = new List<double>();
        for (var now = TimeSpan.Zero; ReadBackoff.PauseAfter(pauses.Count + 1, now, patience) is { } pause; now += pause) pauses.Add(pause.TotalSeconds);
        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 3.7], pauses.Select(p => Math.Round(p, 6)));
    }

    [Fact]
    public void PauseAfter_NoPatience_NoSecondAttempt() => Assert.Null(ReadBackoff.PauseAfter(1, TimeSpan.Zero, TimeSpan.Zero));

    [Fact]
    public void PauseAfter_VeryManyFailures_StaysAtFiveSeconds() =>
        Assert.Equal(TimeSpan.FromSeconds(5), ReadBackoff.PauseAfter(int.MaxValue, TimeSpan.FromDays(1), TimeSpan.FromDays(2)));
}
