using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Weights.Pth;
using Lockstep.Models.Weights;

namespace Lockstep.Models.Tests.Weights;

/// <summary>Key names of DINO, timm and torchvision, from files of either format.</summary>
public sealed class NetworkWeightsTests
{
    private static readonly VitShape Shape = new(ImageSize: 8, PatchSize: 4, Dim: 12, Depth: 2, Heads: 3, MlpRatio: 4);
    private static readonly BackboneHints Heads = new(Heads: 3);

    private static IReadOnlyList<FlatEntry> Wanted(IBackboneShape? shape = null) => BackboneWeights.LayoutOf(shape ?? Shape).Entries;

    [Theory]
    [InlineData("pretrain.pth", "teacher")]
    [InlineData("full_checkpoint.pth", "teacher")]
    [InlineData("full_checkpoint.pth", "student")]
    public void OfficialFile_EveryTensorOfTheBackbone_IsMatchedAndRead(string name, string section)
    {
        using var file = PthFixture.Open(name);
        var weights = NetworkWeights.Of(file, section);
        Assert.Equal(Shape, BackboneWeights.ShapeOf(weights, Heads));
        var match = WeightsMatch.Of(weights, Wanted()).ThrowIfUnfit();
        Assert.Equal(Wanted().Count, match.Matched);
        using var buffer = new FlatBuffer(new FlatLayout(Wanted().Select(e => (e.Name, e.Shape))));
        match.LoadInto(buffer);
        foreach (var (entry, number) in Wanted().Select((e, i) => (e, i))) // the state dict's order is ours
            Assert.Equal(PthFixture.Values((int)entry.Length, number), buffer.SpanOf(entry.Name).ToArray());
        var head = name == "pretrain.pth" ? [] : weights.Tensors.Keys.Where(k => k.StartsWith(NetworkWeights.Head, StringComparison.Ordinal)).ToList();
        Assert.Equal(head.Count, match.Ignored.Count);
        Assert.Equal(name != "pretrain.pth", head.Contains("head.last_layer.weight_v"));
    }

    [Fact]
    public void FullCheckpoint_HeadToo_IsMatchedWhereItIsWanted()
    {
        using var file = PthFixture.Open("full_checkpoint.pth");
        var weights = NetworkWeights.Of(file, "student");
        List<FlatEntry> wanted = [.. Wanted(), .. weights.Tensors.Where(t => t.Key.StartsWith(NetworkWeights.Head, StringComparison.Ordinal)).Select(t => new FlatEntry(t.Key, t.Value.Shape, 0, t.Value.Count))];
        var match = WeightsMatch.Of(weights, wanted);
        Assert.True(match.Fits);
        Assert.Empty(match.Ignored);
        Assert.Equal(["student", "teacher"], NetworkWeights.Sections(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("backbone.")]
    [InlineData("module.backbone.")]
    [InlineData("state_dict.module.")]
    [InlineData("model.")]
    [InlineData("teacher.")]
    [InlineData("teacher.module.backbone.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("module._orig_mod.backbone.")]
    public void Prefix_IsTakenOff(string prefix)
    {
        using var file = Write(Wanted().Select(e => (prefix + e.Name[NetworkWeights.Backbone.Length..], e.Shape)));
        var weights = NetworkWeights.Of(file, "teacher");
        Assert.True(WeightsMatch.Of(weights, Wanted()).Fits);
        Assert.Equal(prefix.StartsWith("teacher", StringComparison.Ordinal) ? "teacher" : "", weights.Section);
    }

    [Fact]
    public void TimmFile_ClassifierIsLeftOutAndMentioned()
    {
        using var file = Write([.. Flat(), ("head.weight", [10, 12]), ("head.bias", [10]), ("fc_norm.weight", [12]), ("fc_norm.bias", [12])]);
        var match = WeightsMatch.Of(NetworkWeights.Of(file, "teacher"), Wanted());
        Assert.True(match.Fits);
        Assert.Equal(["fc_norm.bias", "fc_norm.weight", "head.bias", "head.weight"], match.Ignored);
        Assert.Contains("4 ignored: fc_norm.bias, fc_norm.weight, head.bias, head.weight", match.Summary);
    }

    [Fact]
    public void TorchvisionResNet50_IsRecognised_ClassifierAndCountersLeftOut()
    {
        var wanted = Wanted(ResNetShape.ResNet50(224));
        var flat = wanted.Select(e => (Name: e.Name[NetworkWeights.Backbone.Length..], e.Shape)).ToList();
        using var file = Write([.. flat, ("fc.weight", [10, 2048]), ("fc.bias", [10]), ("bn1.num_batches_tracked", []), ("layer4.2.bn3.num_batches_tracked", [])]);
        var weights = NetworkWeights.Of(file, "teacher");
        var shape = BackboneWeights.ShapeOf(weights, new BackboneHints("resnet50"));
        Assert.Equal(("resnet50", 224, 2048), (BackboneWeights.NameOf(shape), BackboneWeights.ImageSizeOf(shape), shape.FeatureDim));
        var match = WeightsMatch.Of(weights, wanted);
        Assert.True(match.Fits, match.Summary);
        Assert.Equal(["bn1.num_batches_tracked", "fc.bias", "fc.weight", "layer4.2.bn3.num_batches_tracked"], match.Ignored);
        Assert.Contains("is a resnet50, not a vit_small", Refusal(weights, new BackboneHints("vit_small")));
        Assert.Contains("leave --patch and --heads out", Refusal(weights, new BackboneHints(PatchSize: 16)));

        using var smaller = Write(flat.Where(t => !t.Name.StartsWith("layer3.5", StringComparison.Ordinal)));
        Assert.Contains("a ResNet of 3, 4, 5, 3 blocks; only two kinds can be built: ResNet-50", Refusal(NetworkWeights.Of(smaller, "teacher"), new BackboneHints()));
    }

    [Theory]
    [InlineData(16, 1)]
    [InlineData(64, 2)]
    public void ResNetForSmallImages_IsRecognised(int dim, int depth)
    {
        var wanted = Wanted(ResNetShape.Small(32, dim, depth));
        using var file = Write(wanted.Select(e => (e.Name[NetworkWeights.Backbone.Length..], e.Shape)));
        var weights = NetworkWeights.Of(file, "teacher");
        var shape = Assert.IsType<ResNetShape>(BackboneWeights.ShapeOf(weights, new BackboneHints("resnet")));
        Assert.Equal(("resnet", 32, 4 * dim, 8), (BackboneWeights.NameOf(shape), BackboneWeights.ImageSizeOf(shape), shape.FeatureDim, shape.MapStride));
        Assert.True(WeightsMatch.Of(weights, Wanted(shape)).Fits);
        Assert.Contains("is a resnet, not a resnet50", Refusal(weights, new BackboneHints("resnet50")));
        Assert.Contains("say --arch resnet", Refusal(weights, new BackboneHints())); // the stride of the stem leaves no trace in shapes
    }

    [Fact]
    public void Differences_AreAllNamed()
    {
        using var file = Write(
        [
            .. Flat().Where(t => t.Name is not ("norm.bias" or "blocks.1.mlp.fc2.bias" or "cls_token")),
            ("cls_token", [1, 1, 13]), ("blocks.0.ls1.gamma", [12]), ("blocks.2.norm1.weight", [12]),
        ]);
        var match = WeightsMatch.Of(NetworkWeights.Of(file, "teacher"), Wanted());
        Assert.False(match.Fits);
        Assert.Equal(["backbone.blocks.1.mlp.fc2.bias", "backbone.norm.bias"], match.Missing);
        Assert.Equal(["blocks.0.ls1.gamma", "blocks.2.norm1.weight"], match.Unexpected);
        Assert.Equal(["backbone.cls_token is [1, 1, 13], [1, 1, 12] is wanted"], match.OtherShape);
        var message = Assert.Throws<InvalidDataException>(() => match.ThrowIfUnfit()).Message;
        foreach (var name in (string[])["test.safetensors", "norm.bias", "blocks.2.norm1.weight", "[1, 1, 13]", "DINOv2"]) Assert.Contains(name, message);
    }

    [Fact]
    public void Positions_OfAnotherGrid_AreAnError_OrResizedWhereAsked()
    {
        using var file = PthFixture.Open("pretrain.pth");
        var wanted = Wanted(Shape with { ImageSize = 12 });
        var weights = NetworkWeights.Of(file, "teacher");
        var message = Assert.Throws<InvalidDataException>(() => WeightsMatch.Of(weights, wanted).ThrowIfUnfit()).Message;
        Assert.Contains("a grid of 2 x 2 patches for one of 3 x 3", message);

        var match = WeightsMatch.Of(weights, wanted, resizePositions: true).ThrowIfUnfit();
        Assert.True(match.IsResized);
        Assert.Contains("positions resized", match.Summary);
        using var resized = new FlatBuffer(new FlatLayout(wanted.Select(e => (e.Name, e.Shape))));
        match.LoadInto(resized);
        using var native = new FlatBuffer(new FlatLayout(Wanted().Select(e => (e.Name, e.Shape))));
        WeightsMatch.Of(weights, Wanted()).LoadInto(native);

        // What the network of the old grid uses for images of the new one, which equals the original (VisionTransformerParityTests).
        // Tolerance 1e-6 of values up to 7.5: a sum of at most 16 products in double here, in float32 there.
        using var parameters = new ParameterBinder(native);
        using var positions = new PositionEmbedding(parameters, "backbone.pos_embed", 2, 12);
        using var expected = positions.For(3, 3);
        Golden.Close.Assert(resized.SpanOf("backbone.pos_embed"), expected, 1e-6, "positions of 3 x 3 patches");
    }

    [Fact]
    public void Shape_ReadOffTheTensors_AndCheckedAgainstHints()
    {
        using var file = Write(Wanted(new VitShape(32, 16, 192, 12, 3, 4)).Select(e => (e.Name, e.Shape)));
        var weights = NetworkWeights.Of(file, "teacher");
        var shape = BackboneWeights.ShapeOf(weights, new BackboneHints());
        Assert.Equal(new VitShape(32, 16, 192, 12, 3, 4), shape);
        Assert.Equal("vit_tiny", BackboneWeights.NameOf(shape));
        Assert.Equal(shape, BackboneWeights.ShapeOf(weights, new BackboneHints("vit_tiny", 16)));
        Assert.Contains("is a vit_tiny (width 192, 12 blocks, 3 heads), not a vit_small", Refusal(weights, new BackboneHints("vit_small")));
        Assert.Contains("patches of 16 pixels, not of 8", Refusal(weights, new BackboneHints(PatchSize: 8)));
        Assert.Contains("--heads", Refusal(weights, new BackboneHints(Heads: 5)));

        using var odd = PthFixture.Open("pretrain.pth"); // a width of 12: nobody can say how many heads
        Assert.Contains("--heads", Refusal(NetworkWeights.Of(odd, "teacher"), new BackboneHints()));
    }

    [Theory]
    [InlineData("cls_token", new long[] { 1, 1, 0 }, "tokens of 0")]
    [InlineData("cls_token", null, "no vision transformer")]
    [InlineData("pos_embed", new long[] { 1, 6, 12 }, "pos_embed")]
    [InlineData("pos_embed", null, "pos_embed")]
    [InlineData("pos_embed", new long[] { 1, 1_000_000_000_001, 0 }, "pos_embed")]
    [InlineData("patch_embed.proj.weight", new long[] { 12, 1, 4, 4 }, "3 colours")]
    [InlineData("patch_embed.proj.weight", new long[] { 12, 3, 4, 5 }, "square")]
    [InlineData("blocks.0.norm1.weight", null, "no transformer blocks")]
    [InlineData("blocks.0.mlp.fc1.weight", null, "no transformer blocks")]
    public void Shape_OfSomethingElse_IsRefused(string name, long[]? shape, string fault)
    {
        using var file = Write([.. Flat().Where(t => t.Name != name), .. shape is null ? [] : new (string, IReadOnlyList<long>)[] { (name, shape) }]);
        Assert.Contains(fault, Refusal(NetworkWeights.Of(file, "teacher"), Heads));
    }

    [Fact]
    public void Section_ThatIsNotThere_IsNamed()
    {
        using var file = Write(Flat().Select(t => ("student.module.backbone." + t.Name, t.Shape)));
        var message = Assert.Throws<InvalidDataException>(() => NetworkWeights.Of(file, "teacher")).Message;
        Assert.Contains("no section 'teacher', only student", message);
    }

    private static IEnumerable<(string Name, IReadOnlyList<long> Shape)> Flat() => Wanted().Select(e => (e.Name[NetworkWeights.Backbone.Length..], e.Shape));

    private static string Refusal(NetworkWeights weights, BackboneHints hints) => Assert.Throws<InvalidDataException>(() => BackboneWeights.ShapeOf(weights, hints)).Message;

    private static SafetensorsFile Write(IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors)
    {
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors.Select(t => new SafetensorsEntry(t.Name, t.Shape, () => new float[t.Shape.Aggregate(1L, (a, b) => a * b)])));
        return SafetensorsFile.Open(stream, "test.safetensors");
    }
}
