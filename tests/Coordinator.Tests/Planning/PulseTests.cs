using Lockstep.Coordinator.Planning;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class PulseTests
{
    private const double Heartbeat = 0.25;
    private const double Tick = 0.05;
    private static readonly TimeSpan Base = Seconds(1.5);

    [Fact]
    public void IsSilent_QuietHeartbeatsStop_IsNoticedBetweenTheBaseAndTwoSeconds()
    {
        var pulse = Beats(new Pulse(), 60);

        var noticed = Enumerable.Range(0, 1000).Select(i => pulse.LastHeard + Seconds(i * Tick)).First(now => pulse.IsSilent(now, Base));

        Assert.InRange((noticed - pulse.LastHeard).TotalSeconds, 1.5, 2.0);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void IsSilent_TenMinutesOfPauses_IsNeverTrue(double longest)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var pulse = new Pulse();
            var sent = 0.0;
            while (sent < 600)
            {
                sent += Heartbeat + (random.Next(10) == 0 ? random.NextDouble() * longest : 0);
                Assert.False(pulse.IsSilent(Seconds(sent + Tick), Base));
                pulse = pulse.Heard(Seconds(sent));
            }
        }
    }

    [Fact]
    public void Deadline_ANodeThatPauses_GetsMorePatienceForAWhile()
    {
        var quiet = Beats(new Pulse(), 60);
        var paused = quiet.Heard(quiet.LastHeard + Seconds(1.2));

        Assert.Equal(Seconds(1.75), quiet.Deadline(Base));
        Assert.Equal(Seconds(2.7), paused.Deadline(Base));
        Assert.InRange(Beats(paused, 8).Deadline(Base).TotalSeconds, 2.2, 2.5);
        Assert.Equal(Seconds(1.75), Beats(paused, 60).Deadline(Base));
    }

    [Fact]
    public void Deadline_BurstsOfMessages_DoNotMakeItForget()
    {
        var pulse = new Pulse().Heard(Seconds(1));
        for (var i = 0; i < 1000; i++) pulse = pulse.Heard(Seconds(1 + i * 0.0001));

        Assert.InRange(pulse.Deadline(Base).TotalSeconds, 2.45, 2.5);
    }

    [Fact]
    public void Deadline_AfterAnyGap_IsTenBasesAtMost() =>
        Assert.Equal(Seconds(15), new Pulse().Heard(Seconds(1000)).Deadline(Base));

    [Fact]
    public void Credit_TheCoordinatorPausedItself_NobodyIsSilentAndNobodyGetsMorePatience()
    {
        var pulse = Beats(new Pulse(), 60);
        var resumed = pulse.LastHeard + Seconds(5);
        Assert.True(pulse.IsSilent(resumed, Base));

        var credited = pulse.Credit(Seconds(5));

        Assert.False(credited.IsSilent(resumed + Seconds(Tick), Base));
        Assert.InRange(credited.Heard(resumed + Seconds(Tick)).Deadline(Base).TotalSeconds, 1.7, 1.75);
        Assert.True(credited.IsSilent(resumed + Seconds(1.8), Base));
    }

    [Fact]
    public void Heard_AfterTooMuchCredit_CountsFromTheMessage() =>
        Assert.Equal(new Pulse(Seconds(10)), new Pulse(Seconds(9)).Credit(Seconds(5)).Heard(Seconds(10)));

    private static Pulse Beats(Pulse pulse, double seconds)
    {
        var start = pulse.LastHeard;
        for (var at = Heartbeat; at <= seconds; at += Heartbeat) pulse = pulse.Heard(start + Seconds(at));
        return pulse;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
