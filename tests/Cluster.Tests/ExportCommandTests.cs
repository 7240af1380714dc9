using System.Text.Json;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cluster.Tests;

/// <summary>lockstep export, and weights files in place of a run, as a user runs them.</summary>
public sealed class ExportCommandTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task ExportedWeights_AreEvaluatedAsTheRunIs()
    {
        var run = await RunAsync();
        var ofRun = await KnnAsync(run);
        foreach (var (format, file) in new[] { ("dino", "full.safetensors"), ("timm", "timm.safetensors"), ("backbone", "backbone.safetensors") })
        {
            var (exit, output) = await Tool.RunAsync(samples.Folder, "export", run, "--format", format, "--output", file);
            Assert.True(exit == 0, output);
            Assert.Contains($"wrote {file}", output);
            Assert.Equal(ofRun, await KnnAsync(Path.Combine(samples.Folder, file), "--arch", "vit", "--patch", "8"));
        }
        Assert.Equal(await KnnAsync(run, "--network", "student"), await KnnAsync("full.safetensors", "--network", "student"));

        var card = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(samples.Folder, "full.json"))).RootElement;
        Assert.Equal(TinyRun.Digests(run)[^1], card.GetProperty("training").GetProperty("digest").GetString());
        Assert.Equal("both", card.GetProperty("section").GetString());

        using var exported = WeightsFile.Open(Path.Combine(samples.Folder, "full.safetensors"));
        using var state = SafetensorsFile.Open(Path.Combine(new CheckpointStore(run).Latest(Assert.Fail)!.Folder, Checkpoint.StateFile));
        foreach (var tensor in exported.Weights.Where(w => !w.Name.StartsWith("dino_loss", StringComparison.Ordinal)))
        {
            var values = new float[tensor.Count];
            exported.ReadInto(tensor.Name, values);
            Assert.Equal(state.Read(tensor.Name.Replace("student.module.", "student.", StringComparison.Ordinal)), values);
        }
    }

    [Fact, Trait("Category", "Long")]
    public async Task ExportedResNet_IsEvaluatedAsTheRunIs_AtItsImageSize()
    {
        var run = Path.Combine(samples.Folder, "resnet");
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(
            samples, run, 1, "Run:Steps=3", "Model:Arch=resnet", "Model:Dim=8", "Model:Depth=1", "Model:Heads=0", "Model:ImageSize=24", "Evaluation:CropPct=1"));
        Assert.True(exit == 0, output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "export", run, "--format", "backbone", "--output", "resnet.safetensors");
        Assert.True(exit == 0, output);
        Assert.Equal(await KnnAsync(run), await KnnAsync("resnet.safetensors"));
    }

    [Fact]
    public async Task WeightsFile_IsInspectedAndSeen()
    {
        var official = Path.Combine(Repository.Root, "tests", "Fixtures", "pth", "full_checkpoint.pth"); // made by PyTorch
        var (exit, output) = await Tool.RunAsync(samples.Folder, "inspect", official, "--tensors");
        Assert.True(exit == 0, output);
        Assert.Contains("PyTorch zip", output);
        Assert.Contains("name them with --heads", output);
        Assert.Contains("student.module.backbone.blocks.1.attn.qkv.weight", output);

        (exit, output) = await Tool.RunAsync(samples.Folder, "visualize", "attention", official, "--heads", "3", "--images", samples.Test, "--output", "seen.png", "--count", "2");
        Assert.True(exit == 0, output);
        Assert.Contains("teacher of", output);
        Assert.True(File.Exists(Path.Combine(samples.Folder, "seen.png")));

        (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", official, "--heads", "3", "--arch", "vit_small", "--train", samples.Train, "--test", samples.Test);
        Assert.Equal(1, exit);
        Assert.Contains("not a vit_small", output);
    }

    [Fact]
    public async Task WeightsFile_OfAnotherProgram_IsExportedWithoutTraining()
    {
        var official = Path.Combine(Repository.Root, "tests", "Fixtures", "pth", "full_checkpoint.pth");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "export", official, "--format", "timm", "--section", "student", "--heads", "3", "--output", "official.safetensors");
        Assert.True(exit == 0, output);
        Assert.Contains("wrote official.safetensors: backbone of full_checkpoint.pth, ", output);
        using (var from = WeightsFile.Open(official))
        using (var exported = WeightsFile.Open(Path.Combine(samples.Folder, "official.safetensors")))
        {
            Assert.Equal(from.Weights.Count(w => w.Name.StartsWith("student.module.backbone.", StringComparison.Ordinal)), exported.Weights.Count);
            foreach (var tensor in exported.Weights)
            {
                var (values, expected) = (new float[tensor.Count], new float[tensor.Count]);
                exported.ReadInto(tensor.Name, values);
                from.ReadInto($"student.module.backbone.{tensor.Name}", expected);
                Assert.Equal(expected, values);
            }
        }
        var card = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(samples.Folder, "official.json"))).RootElement;
        var source = card.GetProperty("source");
        Assert.Equal(("full_checkpoint.pth", WeightsFile.DigestOf(official), "student"), (source.GetProperty("file").GetString(), source.GetProperty("sha256").GetString(), source.GetProperty("section").GetString()));
        Assert.Equal(3, card.GetProperty("timm").GetProperty("num_heads").GetInt32());
        Assert.Equal(await KnnAsync(official, "--heads", "3", "--network", "student"), await KnnAsync("official.safetensors")); // its heads are noted

        (exit, output) = await Tool.RunAsync(samples.Folder, "export", official, "--format", "dino", "--heads", "3", "--output", "x.safetensors");
        Assert.Equal(1, exit);
        Assert.Contains("--format backbone or timm", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "export", official, "--format", "timm", "--output", "x.safetensors");
        Assert.Equal(1, exit);
        Assert.Contains("name them with --heads", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "export", official, "--format", "timm", "--heads", "3", "--arch", "deit_small", "--output", "x.safetensors");
        Assert.Equal(1, exit);
        Assert.Contains("not a vit_small", output);
    }

    [Fact]
    public async Task HostileFile_IsRefusedByName()
    {
        var legacy = Path.Combine(Repository.Root, "tests", "Fixtures", "pth", "legacy.pth");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "inspect", legacy);
        Assert.Equal(1, exit);
        Assert.StartsWith("error: ", output);
        Assert.Contains("before 1.6", output);
    }

    [Fact]
    public async Task Output_ThatIsThere_IsReplacedOnlyByForce()
    {
        var run = await RunAsync();
        await File.WriteAllTextAsync(Path.Combine(samples.Folder, "mine.safetensors"), "mine");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "export", run, "--format", "timm", "--output", "mine.safetensors");
        Assert.Equal(1, exit);
        Assert.Contains("'mine.safetensors' is there already", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "export", run, "--format", "timm", "--output", "mine.safetensors", "--force");
        Assert.True(exit == 0, output);
    }

    [Fact]
    public async Task FullDisk_IsNamedAndNothingIsLeft()
    {
        var run = await RunAsync();
        var disk = Directory.CreateDirectory(Path.Combine(samples.Folder, "disk")).FullName;
        Assert.SkipUnless(await SmallDisk.MountAsync(disk, 1), "mounting a small disk is not allowed here");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(disk, "filler"), new byte[(1 << 20) - (64 << 10)]);
            var (exit, output) = await Tool.RunAsync(samples.Folder, "export", run, "--format", "dino", "--output", "disk/w.safetensors");
            Assert.Equal(1, exit);
            Assert.Contains("'disk/w.safetensors' could not be written", output);
            Assert.Contains("Free some space", output);
            Assert.Equal(["filler"], Directory.GetFileSystemEntries(disk).Select(Path.GetFileName));
        }
        finally
        {
            await SmallDisk.UnmountAsync(disk);
        }
    }

    [Fact]
    public async Task WrongUse_IsRefused()
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, "export", "no/such/run", "--format", "timm", "--output", "x.safetensors");
        Assert.Equal(1, exit);
        Assert.Contains("no/such/run", output);
        (exit, output) = await Tool.RunAsync(samples.Folder, "export", "run", "--format", "timm", "--output", "x.pth");
        Assert.Equal(2, exit);
        Assert.Contains(".safetensors", output);
        (exit, _) = await Tool.RunAsync(samples.Folder, "export", "run", "--format", "onnx", "--output", "x.safetensors");
        Assert.Equal(2, exit);
        (exit, output) = await Tool.RunAsync(samples.Folder, "eval", "knn", samples.Folder, "--arch", "vit_small", "--train", samples.Train, "--test", samples.Test);
        Assert.Equal(1, exit);
        Assert.Contains("are for weights files", output);
    }

    private async Task<string> RunAsync()
    {
        var run = Path.Combine(samples.Folder, "run");
        var (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(samples, run, 1)); // a second time it says that it is complete
        Assert.True(exit == 0, output);
        return run;
    }

    // The score alone: the lines before it say what was evaluated.
    private async Task<string> KnnAsync(string path, params string[] options)
    {
        var (exit, output) = await Tool.RunAsync(samples.Folder, ["eval", "knn", path, "--train", samples.Train, "--test", samples.Test, .. options]);
        Assert.True(exit == 0, output);
        var score = output.TrimEnd().Split('\n')[^2..];
        Assert.All(score, line => Assert.StartsWith("k=20 ", line));
        return string.Join('\n', score);
    }
}
