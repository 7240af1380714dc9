using Lockstep.Node.Metrics;
using Xunit;

namespace Lockstep.Node.Tests.Metrics;

public sealed class MetricsLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-metrics-").FullName;

    [Fact]
    public void Write_ThenRead_KeepsEveryLine()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2, 3);
        Assert.Equal([1, 2, 3], Steps());
    }

    [Fact]
    public void Open_AfterACheckpoint_DropsLaterSteps()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2, 3, 4);
        using (var log = MetricsLog.Open(_folder, 2)) Write(log, 3);
        Assert.Equal([1, 2, 3], Steps());
    }

    [Fact]
    public void TornLastLine_IsLeftOut_AndWrittenAgain()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2);
        var path = Path.Combine(_folder, MetricsLog.FileName);
        var text = File.ReadAllText(path);
        File.WriteAllText(path, text[..^40]);
        Assert.Equal([1], Steps());
        using (var log = MetricsLog.Open(_folder, 1)) Write(log, 2);
        Assert.Equal([1, 2], Steps());
    }

    [Fact]
    public void DoubledLines_OfTwoScribes_AreReadOnceAndDroppedAtTheNextStart()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2, 2, 3, 2);
        Assert.Equal([1, 2, 3], Steps());

        using (var log = MetricsLog.Open(_folder, 3)) Assert.Equal(3, log.LastStep);

        Assert.Equal(3, File.ReadAllLines(Path.Combine(_folder, MetricsLog.FileName)).Length);
    }

    [Fact]
    public void LateLine_OfAScribeThatWasGivenUp_ComesAfterThoseOfTheNext()
    {
        using var before = MetricsLog.Open(_folder, 0);
        Write(before, 1, 2);
        using var after = MetricsLog.Open(_folder, 2);
        Write(after, 3, 4);

        before.Write(Metrics(3) with { Digest = new string('b', 200) }); // as long as two lines

        Write(after, 5);
        Assert.Equal([1, 2, 3, 4, 5], Steps());
        Assert.Equal(6, File.ReadAllLines(Path.Combine(_folder, MetricsLog.FileName)).Length);
    }

    [Fact]
    public void HalfALineBeforeWholeOnes_IsDroppedAtTheNextStart()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2, 3);
        var path = Path.Combine(_folder, MetricsLog.FileName);
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[1][..30], lines[2]]);

        using (var log = MetricsLog.Open(_folder, 5)) Assert.Equal(3, log.LastStep);

        Assert.Equal([lines[0], lines[2]], File.ReadAllLines(path));
    }

    [Fact]
    public void Open_NothingToDrop_LeavesTheFileAsItIs()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, [.. Enumerable.Range(1, 1000).Select(step => (long)step)]); // longer than a read
        var before = File.ReadAllBytes(Path.Combine(_folder, MetricsLog.FileName));

        using (var log = MetricsLog.Open(_folder, 1000)) Assert.Equal(1000, log.LastStep);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder, MetricsLog.FileName)));
        using (var log = MetricsLog.Open(_folder, 700)) Assert.Equal(700, log.LastStep);

        Assert.Equal(Enumerable.Range(1, 700).Select(step => (long)step), Steps());
    }

    [Fact]
    public void NotANumber_SurvivesTheRoundTrip()
    {
        using (var log = MetricsLog.Open(_folder, 0)) log.Write(Metrics(1) with { Loss = double.NaN });
        Assert.True(double.IsNaN(MetricsLog.Read(_folder)[0].Loss));
    }

    [Fact]
    public void History_IsOfAllKeptLines_AndOfThoseToCome_ButNotOfOnesWithoutANumber()
    {
        using (var log = MetricsLog.Open(_folder, 0))
        {
            log.Write(Metrics(1) with { Loss = 3, ImagesPerSecond = 7 });
            log.Write(Metrics(2) with { Loss = double.NaN });
            Write(log, 3, 4);
            Assert.Equal([1, 3, 4], log.History.Select(point => point.Step));
        }
        using (var log = MetricsLog.Open(_folder, 3))
        {
            log.Write(Metrics(4) with { Loss = 2 });
            Assert.Equal([new(1, 3, 7), new(3, 1.5, 10), new(4, 2, 10)], log.History);
        }
    }

    [Fact]
    public void Open_LineThatIsDamagedBehindItsStep_IsNoReasonToEnd()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, 1, 2, 3);
        var path = Path.Combine(_folder, MetricsLog.FileName);
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[1].Replace("\"loss\"", "\"lo\0\0", StringComparison.Ordinal), lines[2]]);

        using (var log = MetricsLog.Open(_folder, 3)) Assert.Equal([1, 3], log.History.Select(point => point.Step));
        Assert.Equal([1, 3], Steps());
    }

    [Fact]
    public void History_OfALongRun_IsThinnedOut()
    {
        using (var log = MetricsLog.Open(_folder, 0)) Write(log, [.. Enumerable.Range(1, 1500).Select(step => (long)step)]);
        using (var log = MetricsLog.Open(_folder, 1500))
        {
            Assert.InRange(log.History.Count, 256, 513);
            Assert.Equal(1500, log.History[^1].Step);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Write(MetricsLog log, params long[] steps)
    {
        foreach (var step in steps) log.Write(Metrics(step));
    }

    private static StepMetrics Metrics(long step) => new()
    {
        Step = step,
        Epoch = 0,
        Loss = 1.5,
        Digest = new string('a', 64),
        ImagesPerSecond = 10,
        Generation = 1,
        Nodes = 2,
        Seconds = new Dictionary<string, double> { ["compute"] = 0.5 },
        BytesSent = 4,
        BytesReceived = 4,
        Values = new Dictionary<string, double> { ["learning_rate"] = 0.1 },
    };

    private long[] Steps() => [.. MetricsLog.Read(_folder).Select(l => l.Step)];
}
