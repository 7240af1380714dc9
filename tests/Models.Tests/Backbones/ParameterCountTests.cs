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
    [InlineData("vit_tiny", 16, 192, 150, 5_524_416)]
    [InlineData("vit_tiny", 8, 192, 150, 5_526_720)] // + 588 positions of 192, - 192 * 3 * (16 * 16 - 8 * 8) of the patches' weights
    [InlineData("vit_small", 16, 384, 150, 21_665_664)]
    [InlineData("vit_small", 8, 384, 150, 21_670_272)]
    [InlineData("vit_base", 16, 768, 150, 85_798_656)]
    [InlineData("vit_base", 8, 768, 150, 85_807_872)]
    [InlineData("resnet50", 16, 2048, 159, 23_508_032)] // torchvision's 25,557,032 without fc, 2048 * 1000 + 1000
    public void Backbone_HasThePublishedCount(string arch, int patch, int dim, int tensors, long expected)
    {
        var recorder = new LayoutRecorder();
        var shape = BackboneShapes.Of(new ModelOptions { Arch = arch, ImageSize = 224, PatchSize = patch, DropPath = 0, Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4 });
        using var backbone = shape.Build(recorder, "", dropPathRate: 0);
        Assert.Equal(dim, shape.FeatureDim);
        Assert.Equal(tensors, recorder.Parameters.Count);
        Assert.Equal(expected, recorder.ParameterLayout.Entries.Sum(e => e.Length));
    }

    [Fact]
    public void ResNet50_HasRunningStatisticsOf53Norms()
    {
        var recorder = new LayoutRecorder();
        using var backbone = ResNetShape.ResNet50(224).Build(recorder, "backbone.", dropPathRate: 0);
        Assert.Equal(2 * 53, recorder.StatisticsLayout.Entries.Count);
        Assert.Equal(2 * 26_560, recorder.StatisticsLayout.Entries.Sum(e => e.Length));
        Assert.Equal("backbone.layer4.2.bn3.running_var", recorder.StatisticsLayout.Entries[^1].Name);
        foreach (var entry in recorder.ParameterLayout.Entries) Assert.Equal(entry.Offset, recorder.Layout[entry.Name].Offset);
    }

    [Theory] // inputs*2048 + 2048 + 2048*2048 + 2048 + 2048*256 + 256 + 65536*256 + 65536 (weight_g); batch norm: 2 * 2 * 2048 more
    [InlineData(384, false, 22_352_128)]
    [InlineData(768, false, 23_138_560)]
    [InlineData(2048, false, 25_760_000)]
    [InlineData(2048, true, 25_768_192)]
    public void Head_HasThePublishedCount(int inputs, bool batchNorm, long expected)
    {
        var recorder = new LayoutRecorder();
        _ = new DinoHead(recorder, "", inputs, TinyRun.Dino with { OutDim = 65536, HiddenDim = 2048, BottleneckDim = 256, UseBnInHead = batchNorm });
        Assert.Equal(expected, recorder.ParameterLayout.Entries.Sum(e => e.Length));
        Assert.Equal(batchNorm ? 2 * 2 * 2048 : 0, recorder.StatisticsLayout.Entries.Sum(e => e.Length));
    }
}
