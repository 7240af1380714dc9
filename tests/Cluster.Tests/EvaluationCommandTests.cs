using System.Globalization;
using System.Text.RegularExpressions;

namespace Lockstep.Cluster.Tests;

/// <summary>eval linear, visualize pca, embed and search, as a user runs them.</summary>
public sealed partial class EvaluationCommandTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task Knn_SeveralK_AreAllThere_AndTooLargeOnesAreSaid()
    {
        var run = await RunAsync();
        var output = await DoneAsync("eval", "knn", run, "--train", samples.Train, "--test", samples.Test);
        Assert.Matches(@"\n +10 +\d+\.\d +\d+\.\d\r?\n +20 ", output);
        Assert.Contains("only 160 images vote: k is 160 where it was to be more", output);
        Assert.Matches(@"\nk=20 top5=\d+\.\d\r?\nk=20 top1=\d+\.\d\s*$", output);

        output = await DoneAsync("eval", "knn", run, "--k", "3", "--train", samples.Train, "--test", samples.Test);
        Assert.DoesNotContain("top1   top5", output);
        Assert.Matches(@"\nk=3 top5=\d+\.\d\r?\nk=3 top1=\d+\.\d\s*$", output);
        var (exit, wrong) = await Tool.RunAsync(samples.Folder, "eval", "knn", run, "--k", "3", "0", "--train", samples.Train, "--test", samples.Test);
        Assert.Equal(2, exit);
        Assert.Contains("--k must be numbers, at least 1", wrong);
    }

    [Fact, Trait("Category", "Long")]
    public async Task Linear_Sweep_EndsWithTheBest_AndIsTheSameAgain()
    {
        var run = await RunAsync();
        string[] command = ["eval", "linear", run, "--train", samples.Train, "--test", samples.Test, "--epochs", "3", "--lr-sweep", "0.01", "0.3"];
        var output = await DoneAsync(command);
        Assert.Contains("class tokens of the last 2 blocks", output); // the original's 4 are more than there are
        Assert.Equal(3, Regex.Count(output, @"\nepoch \d/3  lr 0\.\d+  loss "));
        var last = ResultLine().Match(output.TrimEnd().Split('\n')[^1]);
        Assert.True(last.Success, output);
        Assert.InRange(double.Parse(last.Groups[1].Value, CultureInfo.InvariantCulture), 1, 100);
        Assert.Equal(output, await DoneAsync(command));

        var augmented = await DoneAsync("eval", "linear", run, "--train", samples.Train, "--test", samples.Test, "--epochs", "2", "--augment", "--blocks", "1", "--avgpool");
        Assert.Contains("class token of the last block, mean of its patch tokens", augmented);
        Assert.Matches(@"\nlr=0\.001 epoch=\d top1=\d+\.\d\s*$", augmented);

        var (exit, wrong) = await Tool.RunAsync(samples.Folder, [.. command, "--lr", "1"]);
        Assert.Equal(2, exit);
        Assert.Contains("exclude each other", wrong);
        (exit, wrong) = await Tool.RunAsync(samples.Folder, "eval", "linear", run, "--train", samples.Train, "--test", samples.Test, "--blocks", "3");
        Assert.Equal(1, exit);
        Assert.Contains("the network has 2 blocks", wrong);
    }

    [Fact]
    public async Task Pictures_OfPatchesAndMasks_AreWritten()
    {
        var run = await RunAsync();
        var output = await DoneAsync("visualize", "pca", run, "--images", samples.Test, "--size", "70", "--mask", "--count", "3", "--output", "pictures/pca.png");
        Assert.Matches(@"wrote pictures/pca\.png: the components explain \d+\.\d, \d+\.\d, \d+\.\d % of the variance of \d+ patches of 192", output); // 70 is cut to 64: 3 x 64 patches
        await DoneAsync("visualize", "attention", run, "--images", samples.Test, "--threshold", "0.6", "--network", "student", "--output", "pictures/mask.png");
        Assert.True(File.Exists(Path.Combine(samples.Folder, "pictures", "mask.png")));
        var (exit, wrong) = await Tool.RunAsync(samples.Folder, "visualize", "pca", run, "--images", samples.Test, "--size", "7");
        Assert.Equal(1, exit);
        Assert.Contains("less than one patch of 8 pixels", wrong);
    }

    [Fact]
    public async Task Pictures_WithABrokenImage_LeaveItOutAndNameIt()
    {
        var run = await RunAsync();
        var folder = Directory.CreateDirectory(Path.Combine(samples.Folder, "mixed")).FullName;
        var broken = Directory.CreateDirectory(Path.Combine(samples.Folder, "broken")).FullName;
        foreach (var (file, i) in Directory.EnumerateFiles(samples.Test, "*.jpg", SearchOption.AllDirectories).Take(3).Select((file, i) => (file, i))) File.Copy(file, Path.Combine(folder, $"{i}.jpg"));
        foreach (var place in (string[])[folder, broken]) await File.WriteAllTextAsync(Path.Combine(place, "d.jpg"), "this is no picture");
        foreach (var picture in (string[])["attention", "pca"])
        {
            var output = await DoneAsync("visualize", picture, run, "--images", folder, "--output", $"{picture}.png");
            Assert.Contains("warning: left out 'd.jpg': not a JPEG, PNG or WebP", output);
            Assert.True(File.Exists(Path.Combine(samples.Folder, $"{picture}.png")));
            var (exit, wrong) = await Tool.RunAsync(samples.Folder, "visualize", picture, run, "--images", broken, "--output", $"no-{picture}.png");
            Assert.Equal(1, exit);
            Assert.Contains("error: none of the 1 images could be read", wrong);
        }
    }

    [Fact]
    public async Task Search_FindsTheImageItself_InAnIndexOfThisNetworkOnly()
    {
        var run = await RunAsync();
        var output = await DoneAsync("embed", run, "--images", samples.Test, "--output", "index/test.npy", "--csv", "index/test.csv", "--plot", "index/test.svg");
        Assert.Contains("40 images, 48 features each, 10 classes", output);
        Assert.Equal(41, File.ReadLines(Path.Combine(samples.Folder, "index", "test.csv")).Count());
        Assert.Equal(41, File.ReadLines(Path.Combine(samples.Folder, "index", "test.tsv")).Count());
        Assert.Equal(40 + 10, Regex.Count(await File.ReadAllTextAsync(Path.Combine(samples.Folder, "index", "test.svg")), "<circle"));

        var image = Directory.EnumerateFiles(samples.Test, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ElementAt(17);
        output = await DoneAsync("search", image, "--index", "index/test.npy", "--count", "5", "--sheet", "index/found.png");
        Assert.Matches($@"\n   1   1\.0000  \S+ +{Regex.Escape(Path.GetRelativePath(samples.Test, image))}\r?\n   2 ", output);
        Assert.True(File.Exists(Path.Combine(samples.Folder, "index", "found.png")));

        var description = Path.Combine(samples.Folder, "index", "test.json");
        await File.WriteAllTextAsync(description, (await File.ReadAllTextAsync(description)).Replace("\"weights_digest\": \"", "\"weights_digest\": \"0", StringComparison.Ordinal));
        var (exit, wrong) = await Tool.RunAsync(samples.Folder, "search", image, "--index", "index/test.npy");
        Assert.Equal(1, exit);
        Assert.Contains("holds other weights than those that made the index", wrong);
        (exit, wrong) = await Tool.RunAsync(samples.Folder, "search", image, "--index", "nothing.npy");
        Assert.Equal(1, exit);
        Assert.Contains("lockstep embed", wrong);
        (exit, wrong) = await Tool.RunAsync(samples.Folder, "embed", run, "--images", samples.Test);
        Assert.Equal(2, exit);
        Assert.Contains("nothing would be written", wrong);
    }

    private async Task<string> DoneAsync(params string[] arguments)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, arguments);
        Assert.True(exit == 0, output);
        return output;
    }

    private async Task<string> RunAsync()
    {
        var run = Path.Combine(samples.Folder, "evaluated");
        if (!Directory.Exists(run)) await samples.Quiet.CopyRunToAsync(run);
        return run;
    }

    [GeneratedRegex(@"^lr=0\.\d+ epoch=\d top1=(\d+\.\d)\s*$")]
    private static partial Regex ResultLine();
}
