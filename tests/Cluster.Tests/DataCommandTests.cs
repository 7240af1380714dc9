using System.Text.Json;
using Lockstep.Node.Images;

namespace Lockstep.Cluster.Tests;

/// <summary>lockstep data check and data stats, as a user runs them.</summary>
public sealed class DataCommandTests : IDisposable
{
    private const int Interrupt = 2, Interrupted = 130;

    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-cluster-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Check_FaultyFolder_ListsWhatIsWrongByPath()
    {
        Write("cat/good.jpg", Jpeg(40));
        Write("cat/cut.jpg", Jpeg(41)[..^300]);
        Write("cat/empty.webp", []);
        Write("dog/text.png", "no picture"u8.ToArray());
        Write("dog/copy.jpg", Jpeg(40));
        Write("dog/good.webp", WebpEncoder.Encode(new byte[40 * 40 * 3], 40, 40));
        Write("dog/short.jpg", Jpeg(44));
        var (exit, output) = await Tool.RunAsync(_folder, "data", "index", "photos");
        Assert.True(exit == 0, output);
        Write("dog/short.jpg", Jpeg(44)[..^300]); // not as it was listed: nobody knows what it is elsewhere

        (exit, output) = await Tool.RunAsync(_folder, "data", "check", "photos", "--output", "findings.tsv");
        Assert.Equal(1, exit);
        Assert.Contains("photos: 7 images", output);
        Assert.Contains("3 images are broken: training replaces each by another image", output);
        Assert.Contains("1 image is unreadable: training waits for each as long as Data:ReadRetrySeconds says, and then stops", output);
        var findings = (await File.ReadAllLinesAsync(Path.Combine(_folder, "findings.tsv"))).Select(l => l.Split('\t')).ToList();
        Assert.All(findings, f => Assert.Equal(3, f.Length));
        Assert.Equal(
            [
                ("cat/cut.jpg", "truncated"), ("cat/empty.webp", "empty"), ("dog/copy.jpg", "duplicate"),
                ("dog/short.jpg", "unreadable"), ("dog/text.png", "not-an-image"),
            ], findings.Select(f => (f[0], f[1])));
        Assert.Equal("the same bytes as 'cat/good.jpg', which is of another class", findings[2][2]);
    }

    [Fact]
    public async Task Check_WhatMaySurprise_IsAFaultOnlyWhenStrict()
    {
        Write("1.jpg", Jpeg(40));
        Write("2.jpg", Jpeg(12));
        var (exit, output) = await Tool.RunAsync(_folder, "data", "check", "photos");
        Assert.True(exit == 0, output);
        Assert.Contains("Every image can be used.", output);
        Assert.Matches(@"note +tiny +1 +2\.jpg: 12 x 12 pixels", output);

        (exit, _) = await Tool.RunAsync(_folder, "data", "check", "photos", "--strict");
        Assert.Equal(1, exit);
        (exit, output) = await Tool.RunAsync(_folder, "data", "check", "photos", "--strict", "--min-side", "8");
        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task Check_CtrlC_StopsAndSaysHowFarItCame()
    {
        Write("0.jpg", JpegEncoder.EncodeRgb(new byte[4000 * 4000 * 3], 4000, 4000));
        for (var i = 1; i < 1500; i++) File.CreateSymbolicLink(Path.Combine(_folder, "photos", $"{i}.jpg"), "0.jpg");
        var list = Path.Combine(_folder, "findings.tsv");
        using var tool = Tool.Start(_folder, "data", "check", "photos", "--output", list, "--threads", "1");
        using var timeout = new CancellationTokenSource(Tool.Timeout);
        while (!File.Exists(list)) await Task.Delay(10, timeout.Token);
        tool.Signal(Interrupt);
        Assert.Equal(Interrupted, await tool.ExitAsync());
        Assert.Matches(@"photos: [\d,]+ of 1,500 \(stopped", tool.Output);
        Assert.DoesNotContain("Every image can be used", tool.Output, StringComparison.Ordinal); // nobody knows
        Assert.Contains("Of those looked at, every image can be used.", tool.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_Folder_HasTheSameNumbersForPeopleAndPrograms()
    {
        Write("cat/1.jpg", Jpeg(40));
        Write("cat/2.jpg", Jpeg(60));
        Write("dog/1.png", PngEncoder.Encode(new byte[50 * 20 * 3], 50, 20, PngPixels.Rgb));
        var (exit, output) = await Tool.RunAsync(_folder, "data", "stats", "photos", "--json", "stats.json");
        Assert.True(exit == 0, output);
        Assert.Matches(@"classes +2; smallest dog \(1\), largest cat \(2\), imbalance 2\.00", output);
        Assert.Matches(@"2  JPEG RGB, 8 bits", output);
        Assert.Matches(@"width +40 +50 +60", output);
        Assert.Matches(@"decoded +3 images, drawn by seed 0", output);

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "stats.json")));
        Assert.Equal(3, json.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal(50, json.RootElement.GetProperty("width").GetProperty("median").GetDouble());
        Assert.Equal("jpeg", json.RootElement.GetProperty("stored")[0].GetProperty("format").GetString());
        var mean = json.RootElement.GetProperty("colors").GetProperty("mean").EnumerateArray().Select(m => m.GetDouble()).ToList();
        Assert.Contains($"mean        {mean[0]:F4} {mean[1]:F4} {mean[2]:F4}", output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("stats")]
    public async Task MissingFolder_IsNamed(string command)
    {
        var (exit, output) = await Tool.RunAsync(_folder, "data", command, "no/such/folder");
        Assert.Equal(1, exit);
        Assert.Contains("no/such/folder", output);
    }

    [Theory]
    [InlineData("check", "photos", "--threads", "0")]
    [InlineData("stats", "photos", "--sample", "-1")]
    [InlineData("stats")]
    public async Task WrongUse_IsRefused(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(_folder, ["data", .. arguments]);
        Assert.True(exit == 2, output);
    }

    private static byte[] Jpeg(int side)
    {
        var rgb = new byte[side * side * 3];
        for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i * 7 % 251);
        return JpegEncoder.EncodeRgb(rgb, side, side);
    }

    private void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, "photos", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
