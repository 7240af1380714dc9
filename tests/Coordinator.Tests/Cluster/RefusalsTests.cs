using Lockstep.Coordinator.Hosting;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Lockstep.Coordinator.Tests.Cluster;

public sealed class RefusalsTests
{
    [Fact]
    public void Note_IsCountedEachTime_AndSaidOnceInTenSecondsOfEachKind()
    {
        var time = new ManualTime();
        using var log = new LogLines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        using var refusals = new Refusals(time, loggers.CreateLogger<Refusals>());

        for (var i = 1; i <= 3; i++) refusals.Note(RefusalKinds.Token, $"a{i}", "no token");
        refusals.Note(RefusalKinds.Stream, "b1", "late"); // another kind does not wait for the first
        time.Passes(TimeSpan.FromSeconds(11));
        refusals.Note(RefusalKinds.Token, "a4", "no token");

        Assert.Equal(5, refusals.Total);
        Assert.Equal(
            [
                "refused a1: no token (and 0 others since the last such line)", "refused b1: late (and 0 others since the last such line)",
                "refused a4: no token (and 2 others since the last such line)",
            ],
            log.Lines);
    }

    [Fact]
    public void Sessions_BeyondTheMost_AreNotOpened_UntilOneCloses()
    {
        var sessions = new SessionTable();
        var open = Enumerable.Range(0, SessionTable.Most).Select(_ => sessions.Open()!).ToList();

        Assert.Null(sessions.Open());
        sessions.Close(open[0]);
        Assert.NotNull(sessions.Open());
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Passes(TimeSpan time) => _now += time.Ticks;
    }
}
