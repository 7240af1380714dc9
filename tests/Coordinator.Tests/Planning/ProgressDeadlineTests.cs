using Lockstep.Coordinator.Planning;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class ProgressDeadlineTests
{
    private static readonly TimeSpan Least = Seconds(30);

    [Fact]
    public void IsStuck_CounterStandsStill_AfterTheLeastPatience()
    {
        var progress = Beats(Beats(new ProgressDeadline(), 0, 10, i => i), 10, 100, _ => 40);

        Assert.False(progress.IsStuck(Seconds(39.9), Least));
        Assert.True(progress.IsStuck(Seconds(40.5), Least));
    }

    [Fact]
    public void IsStuck_NodeThatTakesFiveSecondsAMove_AfterFifty()
    {
        var progress = Beats(new ProgressDeadline(), 0, 60, i => i / 20);

        Assert.Equal(50, progress.Deadline(Least).TotalSeconds, 1.0);
        Assert.False(progress.IsStuck(progress.LastMoved + Seconds(49), Least));
        Assert.True(progress.IsStuck(progress.LastMoved + Seconds(51), Least));
    }

    [Fact]
    public void IsStuck_WaitsForOthers_NeverNorIsThatTimeItsOwnLater()
    {
        var waited = Beats(Beats(new ProgressDeadline(), 0, 10, i => i), 10, 1000, _ => 40, waits: true);
        Assert.False(waited.IsStuck(Seconds(5000), Least));

        var works = waited.Heard(40, waits: false, Seconds(1000));
        Assert.False(works.IsStuck(Seconds(1029), Least));
        Assert.True(works.IsStuck(Seconds(1030), Least));
        Assert.Equal(Least, works.Deadline(Least));
    }

    [Fact]
    public void Heard_WorkThatEndsInWaiting_IsAMoveOfItsLength() =>
        Assert.Equal(Seconds(80), new ProgressDeadline().Heard(1, waits: true, Seconds(8)).Deadline(Least));

    [Fact]
    public void Credit_TheCoordinatorPausedItself_IsNotTheNodesTime()
    {
        var progress = new ProgressDeadline().Heard(1, waits: false, Seconds(1)).Credit(Seconds(60));

        Assert.False(progress.IsStuck(Seconds(62), Least));
        Assert.Equal(Least, progress.Heard(2, waits: false, Seconds(62)).Deadline(Least));
    }

    private static ProgressDeadline Beats(ProgressDeadline progress, double from, double to, Func<int, long> counter, bool waits = false)
    {
        for (var i = 0; from + i * 0.25 < to; i++) progress = progress.Heard(counter(i), waits, Seconds(from + i * 0.25));
        return progress;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
