using Lockstep.Node.Data;
using Lockstep.Node.Data.Inspection;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Data.Inspection;

public sealed class DatasetCheckTests : IDisposable
{
    private const int MinSide = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockstep-check-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_FolderSeededWithEveryKind_FindsExactlyThose(int threads)
    {
        foreach (var (name, bytes) in BadImages.Good()) Write(name, bytes);
        foreach (var (name, bytes, _, _) in BadImages.Bad()) Write(name, bytes);
        var source = SampleSource.Open(_folder.FullName);
        foreach (var bad in BadImages.Bad().Where(bad => bad.Kind == FindingKind.Unreadable)) File.Delete(Path.Join(_folder.FullName, bad.Name));
        var report = new DatasetCheck(source, MinSide, threads).Run();

        var expected = BadImages.Bad().OrderBy(b => b.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(Enum.GetValues<FindingKind>().Order(), expected.Select(b => b.Kind).Distinct().Order()); // every kind there is
        Assert.Equal(expected.Select(b => (b.Name, b.Kind)), report.Findings.Select(f => (f.Name, f.Kind)));
        Assert.All(report.Findings.Zip(expected), pair => Assert.Contains(pair.Second.Reason, pair.First.Reason, StringComparison.Ordinal));
        Assert.Equal((13, 12, 1), (report.Faults, report.Replaced, report.Unreadable)); // training replaces no file that it cannot read
        Assert.True(report.Complete);
        Assert.Equal(BadImages.Good().Count() + expected.Count, report.Seen);
    }

    [Fact]
    public void Run_GoodFolder_FindsNothing()
    {
        foreach (var (name, bytes) in BadImages.Good()) Write(name, bytes);
        var report = new DatasetCheck(SampleSource.Open(_folder.FullName), MinSide, 2).Run();
        Assert.Empty(report.Findings);
        Assert.Equal(BadImages.Good().Sum(g => g.Bytes.Length), report.Bytes);
    }

    [Fact]
    public void Run_FileThatIsShorterThanListed_IsUnreadable_OneListedTooLarge_IsTooLarge()
    {
        Write("cut.jpg", Pictures.GradientJpeg(20, 20));
        Write("large.jpg", []);
        using (var file = File.OpenWrite(Path.Join(_folder.FullName, "large.jpg"))) file.SetLength((1L << 30) + 1);
        var source = SampleSource.Open(_folder.FullName);
        Write("cut.jpg", [1, 2, 3]);
        Assert.Equal([FindingKind.Unreadable, FindingKind.TooLarge], new DatasetCheck(source, MinSide, 1).Run().Findings.Select(f => f.Kind));
    }

    [Fact]
    public void Run_EqualFiles_AreDuplicatesOfTheFirst()
    {
        var (a, b) = (Pictures.GradientJpeg(20, 20), Pictures.GradientJpeg(30, 20));
        var report = new DatasetCheck(new MemorySource(b, a, b, a, a), MinSide, 3).Run();
        Assert.Equal(["2\tduplicate\tthe same bytes as '0'", "3\tduplicate\tthe same bytes as '1'", "4\tduplicate\tthe same bytes as '1'"],
            report.Findings.Select(f => f.ToLine()));
    }

    [Fact]
    public void Run_SeveralThingsToSay_SaysThemAll()
    {
        var report = new DatasetCheck(new MemorySource(HandMadePng.Write(9, 30, 16, 0, new byte[18])), MinSide, 1).Run();
        Assert.Equal([FindingKind.SixteenBit, FindingKind.Tiny], report.Findings.Select(f => f.Kind));
        Assert.Empty(new DatasetCheck(new MemorySource(Pictures.GradientJpeg(9, 30)), minSide: 9, threads: 1).Run().Findings);
    }

    [Fact]
    public void Run_Stopped_SaysHowFarItCame()
    {
        using var stop = new CancellationTokenSource();
        var source = new MemorySource(50, broken: [0]) { OnRead = sample => { if (sample == 9) stop.Cancel(); } };
        var told = new List<InspectionProgress>();
        var report = new DatasetCheck(source, MinSide, 1).Run(told.Add, stop.Token);
        Assert.Equal((10, 50, false), (report.Seen, report.Samples, report.Complete));
        Assert.Equal(Enumerable.Range(1, 10), told.Select(p => p.Done));
        Assert.Equal((50, 1), (told[^1].All, told[^1].Faults));
        Assert.Equal(FindingKind.NotAnImage, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public void Run_ReadingFailsInAnUnexpectedWay_Throws()
    {
        var source = new MemorySource(50) { OnRead = _ => throw new InvalidOperationException("a bug") };
        Assert.Equal("a bug", Assert.Throws<InvalidOperationException>(() => new DatasetCheck(source, MinSide, 4).Run()).Message);
    }

    [Fact]
    public void ToLine_TabsAndLineEndsInAName_AreEscaped() =>
        Assert.Equal("a\\tb\\n\\\\.jpg\tempty\twhy", new Finding(0, "a\tb\n\\.jpg", FindingKind.Empty, "why").ToLine());

    private void Write(string name, byte[] bytes)
    {
        var path = Path.Join(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
