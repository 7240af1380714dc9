using System.Security.Cryptography;
using System.Text.Json;
using Lockstep.Models;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Export;
using Lockstep.Node.Recipes;
using Lockstep.Node.Tests.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Export;

public sealed class WeightsExportTests : IDisposable
{
    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private static readonly ModelOptions Tiny = new() { Arch = "vit", ImageSize = 16, PatchSize = 8, DropPath = 0, Dim = 12, Depth = 2, Heads = 3, MlpRatio = 4 };

    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-export-").FullName;
    private readonly TrainingRecipe _recipe = Recipes.In("run") with { Model = Tiny, Augment = Colours };
    private readonly ReplicaState _state = new(new StateLayout(
    [
        ("student", new FlatLayout([("backbone.cls_token", [1, 1, 12]), ("head.mlp.0.weight", [4, 12])])),
        ("teacher", new FlatLayout([("backbone.cls_token", [1, 1, 12]), ("head.mlp.0.weight", [4, 12])])),
        ("statistics", new FlatLayout([("center", [1, 5])])),
    ]));

    public WeightsExportTests()
    {
        foreach (var (name, _) in _state.Layout.Sections)
            for (var i = 0; i < _state[name].Span.Length; i++) _state[name].Span[i] = name.Length + i / 8f;
    }

    private static AugmentOptions Colours => PlainAugment.With(mean: [0.5, 0.25, 0.485], std: [0.1, 0.2, 0.3]);

    private string Output => Path.Combine(_folder, "new", "w.safetensors");

    public void Dispose()
    {
        _state.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Write_GivesTheWeightsAndACardThatSaysWhatTheyAre()
    {
        Write(ExportFormat.Timm);
        using (var file = WeightsFile.Open(Output))
        {
            var tensor = Assert.Single(file.Weights);
            Assert.Equal(("cls_token", "F32"), (tensor.Name, tensor.Dtype));
            var values = new float[12];
            file.ReadInto("cls_token", values);
            Assert.Equal(_state["teacher"].SpanOf("backbone.cls_token").ToArray(), values);
            Assert.Equal(("pt", "3", "0.5 0.25 0.485", "0.1 0.2 0.3", Digest), (file.Metadata["format"], file.Metadata[WeightsMetadata.Heads], file.Metadata[WeightsMetadata.Mean], file.Metadata[WeightsMetadata.Std], file.Metadata[WeightsMetadata.Digest]));
        }
        using var card = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(Output, ".json")));
        var root = card.RootElement;
        Assert.Equal("dino", root.GetProperty("method").GetString());
        Assert.Contains("2104.14294", root.GetProperty("paper").GetString());
        Assert.Equal("teacher", root.GetProperty("section").GetString());
        Assert.Equal("timm", root.GetProperty("format").GetString());
        Assert.Equal(12, root.GetProperty("weights").GetProperty("parameters").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Output))), root.GetProperty("weights").GetProperty("sha256").GetString());
        Assert.Equal(2, root.GetProperty("architecture").GetProperty("depth").GetInt32());
        Assert.Equal(3, root.GetProperty("timm").GetProperty("num_heads").GetInt32());
        Assert.Equal([0.5, 0.25, 0.485], root.GetProperty("input").GetProperty("mean").EnumerateArray().Select(m => m.GetDouble()));
        Assert.Equal(16, root.GetProperty("input").GetProperty("size").GetInt32());
        var training = root.GetProperty("training");
        Assert.Equal((Digest, 40, "data", 64), (training.GetProperty("digest").GetString(), training.GetProperty("step").GetInt64(), training.GetProperty("dataset_hash").GetString(), training.GetProperty("samples").GetInt64()));
        Assert.Equal("7", root.GetProperty("recipe").GetProperty("Run").GetProperty("Seed").GetString());
        Assert.Contains("whoever trained them", root.GetProperty("license").GetString());
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytes()
    {
        Write(ExportFormat.Dino);
        var (weights, card) = (File.ReadAllBytes(Output), File.ReadAllBytes(Path.ChangeExtension(Output, ".json")));
        Write(ExportFormat.Dino, force: true);
        Assert.Equal(weights, File.ReadAllBytes(Output));
        Assert.Equal(card, File.ReadAllBytes(Path.ChangeExtension(Output, ".json")));
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.GetDirectoryName(Output)!).Length); // nothing unfinished is left
    }

    [Theory]
    [InlineData("w.safetensors")]
    [InlineData("w.json")]
    public void Write_OverAFile_OnlyWithForce(string taken)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.GetDirectoryName(Output)!).FullName, taken);
        File.WriteAllText(path, "mine");
        var error = Assert.Throws<CheckpointException>(() => Write(ExportFormat.Backbone));
        Assert.Contains($"'{path}' is there already", error.Message);
        Assert.Contains("--force", error.Message);
        Assert.Equal("mine", File.ReadAllText(path));
        Write(ExportFormat.Backbone, force: true);
        Assert.NotEqual("mine", File.ReadAllText(path));
    }

    [Fact]
    public void Write_WhereNobodyCan_SaysSoAndLeavesNothing()
    {
        File.WriteAllText(Path.Combine(_folder, "new"), "a file where a folder belongs");
        Assert.Contains("could not be written", Assert.Throws<CheckpointException>(() => Write(ExportFormat.Timm)).Message);
        Assert.Equal(["new"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("vit_small", 224, 16, "vit_small_patch16_224", 2)]
    [InlineData("vit_base", 224, 8, "vit_base_patch8_224", 2)]
    [InlineData("vit_tiny", 224, 8, "vit_small_patch16_224", 8)]
    [InlineData("vit_small", 96, 16, "vit_small_patch16_224", 8)]
    public void Card_TimmArguments_NameAnEntryPointOrSayAllNumbers(string arch, int size, int patch, string name, int arguments)
    {
        var model = Tiny with { Arch = arch, ImageSize = size, PatchSize = patch, Dim = 0, Depth = 0, Heads = 0 };
        var card = WeightsExport.Write(ExportOrigin.Of(Manifest), _recipe with { Model = model }, _state, Request(ExportFormat.Timm, false));
        Assert.Equal(name, card.Timm!["model_name"]);
        Assert.Equal(arguments, card.Timm.Count);
    }

    [Fact]
    public void Card_ResNet_HasTimmsNameAndNothingOfAVit()
    {
        var card = WeightsExport.Write(ExportOrigin.Of(Manifest), _recipe with { Model = Tiny with { Arch = "resnet50", ImageSize = 224, Dim = 0, Depth = 0, Heads = 0 } }, _state, Request(ExportFormat.Timm, false));
        Assert.Equal(("resnet50", 2048, null), (card.Architecture.Name, card.Architecture.FeatureDim, card.Architecture.Heads));
        Assert.Equal("resnet50", card.Timm!["model_name"]);
        using var file = WeightsFile.Open(Output);
        Assert.False(file.Metadata.ContainsKey(WeightsMetadata.Heads));
    }

    [Fact]
    public void Write_ResNetForSmallImages_IsRefusedForTimm_AndSaysWhatShapesDoNotTell()
    {
        var recipe = _recipe with { Model = Tiny with { Arch = "resnet", ImageSize = 48, Dim = 8, Depth = 2, Heads = 0 } };
        Assert.Contains("--format backbone", Assert.Throws<CheckpointException>(() => WeightsExport.Write(ExportOrigin.Of(Manifest), recipe, _state, Request(ExportFormat.Timm, false))).Message);
        Assert.False(File.Exists(Output));
        var card = WeightsExport.Write(ExportOrigin.Of(Manifest), recipe, _state, Request(ExportFormat.Backbone, false));
        Assert.Equal(("resnet", 32, 2, null), (card.Architecture.Name, card.Architecture.FeatureDim, card.Architecture.Depth, card.Timm));
        using var file = WeightsFile.Open(Output);
        Assert.Equal(("resnet", "48"), (file.Metadata[WeightsMetadata.Arch], file.Metadata[WeightsMetadata.ImageSize]));
    }

    [Fact]
    public void Write_RegistersUnderTimmsNames_IsRefusedWithTheRemedy()
    {
        var recipe = _recipe with { Model = Tiny with { Registers = 4 } };
        Assert.Contains("--format backbone", Assert.Throws<CheckpointException>(() => WeightsExport.Write(ExportOrigin.Of(Manifest), recipe, _state, Request(ExportFormat.Timm, false))).Message);
        Assert.False(File.Exists(Output));
        var card = WeightsExport.Write(ExportOrigin.Of(Manifest), recipe, _state, Request(ExportFormat.Backbone, false));
        Assert.Equal((4, null), (card.Architecture.Registers, card.Timm));
    }

    [Fact]
    public void Write_OfAWeightsFile_GivesItsBackboneAndACardThatNamesTheFile()
    {
        WeightsExport.Write(OfFile, _recipe, _state, Request(ExportFormat.Timm, false));
        using (var file = WeightsFile.Open(Output))
        {
            Assert.Equal("cls_token", Assert.Single(file.Weights).Name);
            Assert.False(file.Metadata.ContainsKey(WeightsMetadata.Digest)); // of no state
        }
        using var card = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(Output, ".json")));
        var (root, source) = (card.RootElement, card.RootElement.GetProperty("source"));
        Assert.Equal(("w.pth", Digest, "PyTorch zip", "teacher"), (source.GetProperty("file").GetString(), source.GetProperty("sha256").GetString(), source.GetProperty("format").GetString(), source.GetProperty("section").GetString()));
        foreach (var unknown in (string[])["method", "paper", "training", "recipe"]) Assert.Equal(JsonValueKind.Null, root.GetProperty(unknown).ValueKind);
        Assert.Equal(3, root.GetProperty("timm").GetProperty("num_heads").GetInt32());
    }

    [Fact]
    public void Write_OfAWeightsFile_WithItsHead_IsRefusedWithTheRemedy()
    {
        Assert.Contains("--format backbone or timm", Assert.Throws<CheckpointException>(() => WeightsExport.Write(OfFile, _recipe, _state, Request(ExportFormat.Dino, false))).Message);
        Assert.False(File.Exists(Output));
    }

    private static ExportOrigin OfFile => ExportOrigin.Of(new ModelCard.SourcePart("w.pth", Digest, "PyTorch zip", "teacher"));

    private static CheckpointManifest Manifest => new()
    {
        Step = 40,
        Epoch = 10,
        Digest = Digest,
        Run = "run-1",
        RecipeHash = "recipe",
        DatasetHash = "data",
        Samples = 64,
        SizeBytes = 1,
        Written = DateTimeOffset.UnixEpoch,
        Recipe = JsonSerializer.SerializeToElement(new { Run = new { Seed = "7" } }),
    };

    private ExportRequest Request(ExportFormat format, bool force) => new(Output, format, null, force);

    private void Write(ExportFormat format, bool force = false) => WeightsExport.Write(ExportOrigin.Of(Manifest), _recipe, _state, Request(format, force));
}
