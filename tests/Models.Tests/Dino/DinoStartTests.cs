using Lockstep.Models.Dino;
using Lockstep.Models.Heads;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Tests.Weights.Pth;
using Lockstep.Models.Weights;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>A run begins with the weights of a checkpoint that PyTorch wrote (tests/Fixtures/pth), not with chance.</summary>
public sealed class DinoStartTests
{
    [Theory]
    [InlineData("pretrain.pth", "teacher")]
    [InlineData("full_checkpoint.pth", "teacher")]
    [InlineData("full_checkpoint.pth", "student")]
    public void Begin_Backbone_IsTheFilesInBothNetworks_HeadsAreNew(string name, string section)
    {
        var (method, state) = Start();
        using var _ = state;
        var head = state[DinoState.Student].SpanOf("head.last_layer.weight_v").ToArray();
        using var file = PthFixture.Open(name);
        var lines = method.Begin(state, file, section, resizePositions: false);
        Assert.Contains("tensors matched", Assert.Single(lines));
        Assert.Equal(PthFixture.Values(12, 0), state[DinoState.Student].SpanOf("backbone.cls_token").ToArray());
        Assert.Equal(head, state[DinoState.Student].SpanOf("head.last_layer.weight_v").ToArray());
        Assert.Equal(state[DinoState.Student].Span.ToArray(), state[DinoState.Teacher].Span.ToArray());
    }

    [Fact]
    public void Begin_Both_TakesNetworksHeadsAndCentre()
    {
        var (method, state) = Start();
        using var _ = state;
        using var file = PthFixture.Open("full_checkpoint.pth");
        Assert.Equal(3, method.Begin(state, file, "both", resizePositions: false).Count);
        foreach (var (network, prefix) in new[] { (DinoState.Student, "student.module."), (DinoState.Teacher, "teacher.") })
            foreach (var entry in state[network].Layout.Entries) Assert.Equal(file.Read(prefix + entry.Name), state[network].SpanOf(entry.Name).ToArray());
        Assert.Equal(PthFixture.Values(6, 3), state[DinoState.Statistics].SpanOf(DinoState.Center).ToArray());
    }

    [Fact]
    public void Begin_WeightsThatDoNotFit_AreRefusedWithTheReason()
    {
        using var flat = PthFixture.Open("pretrain.pth");
        using var full = PthFixture.Open("full_checkpoint.pth");
        Assert.Contains("set Start:Section to teacher or student", Refusal(options => options, flat, "both"));
        Assert.Contains("head.last_layer.weight_g is [6, 1], [8, 1] is wanted", Refusal(options => options with { Dino = options.Dino! with { OutDim = 8 } }, full, "both"));
        Assert.Contains("2 x 2 patches for one of 4 x 4", Refusal(options => options with { Model = options.Model with { ImageSize = 16 } }, flat, "teacher"));
        Assert.Contains("missing: backbone.blocks.2", Refusal(options => options with { Model = options.Model with { Depth = 3 } }, flat, "teacher"));
    }

    [Fact]
    public void Begin_OtherHead_NamesTheHeadsOptions_OtherBackbone_TheArchitecture()
    {
        using var full = PthFixture.Open("full_checkpoint.pth");
        const string remedy = "set Dino:OutDim, Dino:HeadLayers, Dino:HiddenDim, Dino:BottleneckDim and Dino:UseBnInHead";
        foreach (var change in new Func<DinoOptions, DinoOptions>[]
        {
            dino => dino with { OutDim = 8 }, dino => dino with { HeadLayers = 2 }, dino => dino with { HiddenDim = 9 },
            dino => dino with { BottleneckDim = 5 }, dino => dino with { UseBnInHead = true },
        })
        {
            var refusal = Refusal(options => options with { Dino = change(options.Dino!) }, full, "both");
            Assert.Contains(remedy, refusal);
            Assert.DoesNotContain("architecture", refusal);
        }
        var backbone = Refusal(options => options with { Model = options.Model with { Depth = 3 }, Dino = options.Dino! with { OutDim = 8 } }, full, "both");
        Assert.Contains("Name the architecture", backbone);
        Assert.DoesNotContain(remedy, backbone);
    }

    [Fact] // as in the original's full checkpoint of ResNet-50
    public void Begin_PlainPrototypes_ComputeTheSame()
    {
        using var file = WithPlainPrototypes(keep: true);
        var (method, state) = Start(FreeLengths);
        using var _ = state;
        Assert.DoesNotContain("resized", string.Concat(method.Begin(state, file, "both", resizePositions: false)));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var (network, prefix) in new[] { (DinoState.Student, "student.module.head."), (DinoState.Teacher, "teacher.head.") })
        {
            using var binder = new ParameterBinder(state[network]);
            var features = tensor(PthFixture.Values(60, 7)).reshape(5, 12);
            var logits = new DinoHead(binder, "head.", 12, FreeLengths(TinyRun.Options(TinyRun.Shape())).Dino! with { OutDim = 6, HiddenDim = 8, BottleneckDim = 4 }).Forward(features);

            // The file's own: its plain matrix takes the unit vectors of the bottleneck. Tolerance: a few roundings of float32.
            var x = features;
            foreach (var layer in new[] { 0, 2, 4 })
            {
                x = nn.functional.linear(x, Matrix($"mlp.{layer}.weight"), tensor(file.Read($"{prefix}mlp.{layer}.bias")));
                if (layer < 4) x = nn.functional.gelu(x);
            }
            Close.Assert(nn.functional.linear(nn.functional.normalize(x, 2, -1, 1e-12), Matrix("last_layer.weight")).contiguous().data<float>().ToArray(), logits, 1e-6, $"logits of the {network}");
            Assert.All(state[network].SpanOf("head.last_layer.weight_g").ToArray(), length => Assert.NotEqual(1, length));

            Tensor Matrix(string name)
            {
                var shape = file.Weights.Single(w => w.Name == prefix + name).Shape;
                return tensor(file.Read(prefix + name)).reshape([.. shape]);
            }
        }
    }

    [Fact]
    public void Begin_PlainPrototypes_ThatDoNotFit_AreRefusedWithTheRemedy()
    {
        using var file = WithPlainPrototypes(keep: true);
        Assert.Contains("set Dino:NormLastLayer=false", Refusal(options => options, file, "both"));
        Assert.Contains("head.last_layer.weight_v is [6, 4], [8, 4] is wanted", Refusal(options => FreeLengths(options) with { Dino = FreeLengths(options).Dino! with { OutDim = 8 } }, file, "both"));
        using var zero = WithPlainPrototypes(keep: false);
        Assert.Contains("row 0 of student.module.head.last_layer.weight is zero", Refusal(FreeLengths, zero, "both"));
    }

    [Fact]
    public void Begin_OtherImageSize_ResizesPositionsWhereAsked()
    {
        var (method, state) = Start(options => options with { Model = options.Model with { ImageSize = 16 } });
        using var _ = state;
        using var file = PthFixture.Open("pretrain.pth");
        Assert.Contains("positions resized", Assert.Single(method.Begin(state, file, "teacher", resizePositions: true)));
        var positions = state[DinoState.Teacher].SpanOf("backbone.pos_embed").ToArray();
        Assert.Equal(17 * 12, positions.Length);
        Assert.Equal(PthFixture.Values(12, 1), positions[..12]); // the class token's
    }

    private static string Refusal(Func<MethodOptions, MethodOptions> change, IWeightsFile file, string section)
    {
        var (method, state) = Start(change);
        using var _ = state;
        return Assert.Throws<InvalidDataException>(() => method.Begin(state, file, section, resizePositions: false)).Message;
    }

    private static MethodOptions FreeLengths(MethodOptions options) => options with { Dino = options.Dino! with { NormLastLayer = false } };

    // The full checkpoint with the directions of its prototypes as a plain matrix; or with zeros for it.
    private static SafetensorsFile WithPlainPrototypes(bool keep)
    {
        using var full = PthFixture.Open("full_checkpoint.pth");
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, full.Weights.Where(w => w.Name.Contains("backbone.", StringComparison.Ordinal) || w.Name.Contains("head.", StringComparison.Ordinal) && !w.Name.EndsWith("weight_g", StringComparison.Ordinal)).Select(w =>
        {
            var isPlain = w.Name.EndsWith("last_layer.weight_v", StringComparison.Ordinal);
            var values = isPlain && !keep ? new float[w.Count] : full.Read(w.Name);
            return new SafetensorsEntry(isPlain ? w.Name[..^"_v".Length] : w.Name, w.Shape, () => values);
        }).ToList());
        return SafetensorsFile.Open(stream, "plain.safetensors");
    }

    // The architecture of the fixtures.
    private static (DinoMethod Method, ReplicaState State) Start(Func<MethodOptions, MethodOptions>? change = null) => TinyRun.Start(change: options =>
    {
        var ours = options with
        {
            Model = options.Model with { ImageSize = 8, PatchSize = 4, Dim = 12, Depth = 2, Heads = 3 },
            Dino = options.Dino! with { OutDim = 6, HiddenDim = 8, BottleneckDim = 4, HeadLayers = 3 },
        };
        return change?.Invoke(ours) ?? ours;
    });
}
