using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Tests.Weights.Pth;
using Lockstep.Models.Weights;

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
