using Lockstep.Node.Evaluation.Online;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Online;

public sealed class KnnLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-knn-").FullName;

    [Fact]
    public void Write_TheSameStepAgain_IsOneLine()
    {
        var log = KnnLog.Open(_folder, 0);
        Assert.False(log.Has(10));
        log.Write(Line(10));
        log.Write(Line(20));
        log.Write(Line(10));
        Assert.True(log.Has(10));
        Assert.Equal([10, 20], Steps());
    }

    [Fact]
    public void Newest_IsTheLineOfTheHighestStep()
    {
        var log = KnnLog.Open(_folder, 0);
        Assert.Null(log.Newest);
        log.Write(Line(20));
        log.Write(Line(10)); // evaluations may end late
        Assert.Equal(20, log.Newest?.Step);
        Assert.Equal([10, 20], log.Lines.Select(line => line.Step));
        Assert.Equal(10, KnnLog.Open(_folder, 15).Newest?.Step);
    }

    [Fact]
    public void Open_AfterACheckpoint_DropsLaterStepsAndTornLines()
    {
        var log = KnnLog.Open(_folder, 0);
        log.Write(Line(10));
        log.Write(Line(20));
        log.Write(Line(30));
        var path = Path.Combine(_folder, KnnLog.FileName);
        File.WriteAllText(path, File.ReadAllText(path)[..^20]);
        Assert.Equal([10, 20], Steps());

        log = KnnLog.Open(_folder, 15);
        Assert.Equal((true, false), (log.Has(10), log.Has(20)));
        Assert.Equal([10], Steps());
        log.Write(Line(20));
        Assert.Equal([10, 20], Steps());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private long[] Steps() => [.. KnnLog.Read(_folder).Select(line => line.Step)];

    private static KnnLine Line(long step) => new() { Step = step, Epoch = step / 10, Neighbours = 20, Accuracy = 0.5, Bank = 90, Queries = 10, Seconds = 1.5 };
}
