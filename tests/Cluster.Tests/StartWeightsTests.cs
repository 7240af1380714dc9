namespace Lockstep.Cluster.Tests;

/// <summary>Start:Weights: a run that begins with weights of a file, by what they are and not by where they lie.</summary>
public sealed class StartWeightsTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact, Trait("Category", "Long")]
    public async Task Run_FromWeights_IsTheSameWhereverTheyLieAndHoweverManyNodes()
    {
        await samples.Quiet.CopyRunToAsync(Path.Combine(samples.Folder, "first"));
        var (exit, output) = await Tool.RunAsync(samples.Folder, "export", "first", "--format", "dino", "--output", "full.safetensors");
        Assert.True(exit == 0, output);
        var elsewhere = Path.Combine(Directory.CreateDirectory(Path.Combine(samples.Folder, "elsewhere")).FullName, "copy.safetensors");
        File.Copy(Path.Combine(samples.Folder, "full.safetensors"), elsewhere);

        var one = await TrainAsync("one", 1, "Start:Weights=full.safetensors");
        Assert.Contains("the run begins with teacher of full.safetensors", await File.ReadAllTextAsync(Path.Combine(samples.Folder, "one", "lockstep.log")));
        Assert.Equal(one, await TrainAsync("two", 2, $"Start:Weights={elsewhere}"));
        Assert.NotEqual(one[0], (await TrainAsync("both", 1, "Start:Weights=full.safetensors", "Start:Section=both"))[0]);

        // Other weights are another run, and the folder of the first says so.
        var changed = await File.ReadAllBytesAsync(elsewhere);
        changed[^2] ^= 1;
        await File.WriteAllBytesAsync(elsewhere, changed);
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, "two"), 2, $"Start:Weights={elsewhere}", "Run:Steps=5"));
        Assert.Equal(1, exit);
        Assert.Contains("Start:Digest was", output);
    }

    [Fact]
    public async Task Weights_MissingOrUnfit_AreNamed()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, "none"), 1, "Start:Weights=no/such.pth"));
        Assert.Equal(2, exit);
        Assert.Contains("no/such.pth", output);
        var fixture = Path.Combine(Repository.Root, "tests", "Fixtures", "pth", "pretrain.pth");
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, "none"), 1, $"Start:Weights={fixture}"));
        Assert.Equal(1, exit);
        Assert.Contains("do not fit the network", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, Path.Combine(samples.Folder, "other"), 1, $"Start:Weights={fixture}", $"Start:Digest={new string('0', 64)}"));
        Assert.Equal(1, exit);
        Assert.Contains("is another file than the recipe's", output);
    }

    private async Task<IReadOnlyList<string>> TrainAsync(string name, int nodes, params string[] settings)
    {
        var folder = Path.Combine(samples.Folder, name);
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, folder, nodes, [.. settings, "Run:Steps=5"]));
        Assert.True(exit == 0, output);
        return TinyRun.Digests(folder);
    }
}
