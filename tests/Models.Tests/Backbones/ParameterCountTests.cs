using Lockstep.Models.Backbones;
using Lockstep.Models.Heads;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>The published parameter counts; nothing is allocated.</summary>
public sealed class ParameterCountTests
{
    [Theory]
    [InlineData("vit_tiny", 16, 5_524_416)]
    [InlineData("vit_small", 16, 21_665_664)]
    [InlineData("vit_small", 8, 21_670_272)]
    [InlineData("vit_base", 16, 85_798_656)]
    [InlineData("vit_base", 8, 85_807_872)]
    public void Backbone_HasThePublishedCount(string arch, int patch, long expected)
    {
        var recorder = new LayoutRecorder();
        using var vit = new VisionTransformer(recorder, "", VitShape.Of(new ModelOptions { Arch = arch, ImageSize = 224, PatchSize = patch, DropPath = 0, Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4 }));
        Assert.Equal(150, recorder.Parameters.Count);
        Assert.Equal(expected, recorder.Layout.Entries.Sum(e => e.Length));
    }

    [Theory] // inputs*2048 + 2048 + 2048*2048 + 2048 + 2048*256 + 256 + 65536*256 + 65536 (weight_g)
    [InlineData(384, 22_352_128)]
    [InlineData(768, 23_138_560)]
    public void Head_HasThePublishedCount(int inputs, long expected)
    {
        var recorder = new LayoutRecorder();
        _ = new DinoHead(recorder, "", inputs, TinyRun.Dino with { OutDim = 65536, HiddenDim = 2048, BottleneckDim = 256 });
        Assert.Equal(expected, recorder.Layout.Entries.Sum(e => e.Length));
    }
}
