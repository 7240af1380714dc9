using Lockstep.Node.Data;
using Lockstep.Node.Data.Inspection;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Data.Inspection;

public sealed class DatasetSurveyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockstep-stats-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Run_MixedFolder_CountsWhatIsThere()
    {
        Write("cat/1.jpg", Pictures.GradientJpeg(40, 20));
        Write("cat/2.jpg", HandMadeJpeg.Insert(Pictures.GradientJpeg(30, 60), HandMadeJpeg.App1, HandMadeExif.WriteWithName(6)));
        Write("cat/3.png", PngEncoder.Encode(Pictures.Gradient(50, 50), 50, 50, PngPixels.Rgb));
        Write("dog/1.webp", HandMadeWebp.Extend(WebpEncoder.Encode(Pictures.Gradient(10, 100), 10, 100), 10, 100, HandMadeWebp.Profile, [("ICCP", [1])], []));
        Write("dog/broken.jpg", "nothing"u8.ToArray());
        var stats = new DatasetSurvey(SampleSource.Open(_folder.FullName), 100, seed: 1, threads: 2).Run();

        Assert.Equal((5, 1, 1, 1), (stats.Samples, stats.WithoutHeader, stats.Turned, stats.WithProfile));
        Assert.Equal(_folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length), stats.Bytes);
        Assert.Equal(
            [
                new StoredKind(ImageFormat.Jpeg, ImageCoding.Baseline, PixelMode.Rgb, 8, 2),
                new StoredKind(ImageFormat.Png, ImageCoding.Deflate, PixelMode.Rgb, 8, 1),
                new StoredKind(ImageFormat.Webp, ImageCoding.Vp8, PixelMode.Rgb, 8, 1),
            ], stats.Stored);
        Assert.Equal(new ClassBalance(2, "dog", 2, "cat", 3), stats.Classes);
        Assert.Equal(1.5, stats.Classes!.Imbalance);
        Assert.Equal(new Spread(10, 50, 60), stats.Width); // 10, 40, 50, 60: the second lies on its side
        Assert.Equal(new Spread(20, 50, 100), stats.Height);
        Assert.Equal(new Spread(0.1, 2, 2), stats.Aspect);
        Assert.Equal(new Spread(0.0008, 0.0018, 0.0025), stats.Megapixels);
        Assert.Equal((4, 1), (stats.Colors!.Images, stats.Colors.Undecodable));
    }

    [Fact]
    public void Run_KnownColours_GivesTheirMeanAndDeviation()
    {
        // One picture is red, one of another size black: every picture counts the same.
        byte[] red = [.. Enumerable.Repeat((byte[])[255, 0, 51], 100).SelectMany(p => p)];
        var source = new MemorySource(PngEncoder.Encode(red, 10, 10, PngPixels.Rgb), PngEncoder.Encode(new byte[300 * 3], 20, 15, PngPixels.Rgb));
        var colors = new DatasetSurvey(source, 2, seed: 0, threads: 2).Run().Colors!;
        Assert.Equal([0.5, 0, 0.1], colors.Mean.Select(m => Math.Round(m, 12)));
        Assert.Equal([0.5, 0, 0.1], colors.Std.Select(s => Math.Round(s, 12)));
        Assert.Equal(0.0004, colors.Megapixels, 12);
    }

    [Fact]
    public void Run_Colours_DependOnTheSeedNotOnTheThreads()
    {
        var source = new MemorySource(40);
        var one = new DatasetSurvey(source, 10, seed: 3, threads: 1).Run().Colors!;
        var four = new DatasetSurvey(source, 10, seed: 3, threads: 4).Run().Colors!;
        Assert.Equal(one.Mean, four.Mean);
        Assert.Equal(one.Std, four.Std);
        Assert.Equal(10, one.Images);
        Assert.NotEqual(one.Mean, new DatasetSurvey(source, 10, seed: 4, threads: 1).Run().Colors!.Mean);
    }

    [Fact]
    public void Run_NoClassesAndNothingDecoded_SaysNothingOfThem()
    {
        var stats = new DatasetSurvey(new MemorySource(3), 0, seed: 0, threads: 1).Run();
        Assert.Null(stats.Classes);
        Assert.Null(stats.Colors);
        Assert.NotNull(stats.Width);
    }

    [Fact]
    public void Run_NothingReadable_HasNoSizes()
    {
        var stats = new DatasetSurvey(new MemorySource(3, 0, 1, 2), 3, seed: 0, threads: 1).Run();
        Assert.Equal(3, stats.WithoutHeader);
        Assert.Null(stats.Width);
        Assert.Equal((0, 3), (stats.Colors!.Images, stats.Colors.Undecodable));
    }

    [Fact]
    public void Run_Stopped_Throws()
    {
        using var stop = new CancellationTokenSource();
        var source = new MemorySource(50) { OnRead = _ => stop.Cancel() };
        Assert.Throws<OperationCanceledException>(() => new DatasetSurvey(source, 10, seed: 0, threads: 1).Run(null, stop.Token));
    }

    private void Write(string name, byte[] bytes)
    {
        var path = Path.Join(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
