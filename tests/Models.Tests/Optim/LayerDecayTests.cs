using Lockstep.Models.Optim;

namespace Lockstep.Models.Tests.Optim;

public sealed class LayerDecayTests
{
    private static readonly string[] Names =
        ["backbone.cls_token", "backbone.patch_embed.proj.weight", "backbone.blocks.0.norm1.weight", "backbone.blocks.1.mlp.fc2.bias", "backbone.norm.weight", "head.mlp.0.weight"];

    private static readonly string[] Stages = ["backbone.blocks.0.", "backbone.blocks.1."];

    [Fact] // get_vit_lr_decay_rate of DINOv2 with two blocks: layers 0, 0, 1, 2, 3, 3 of 3
    public void Rates_FallFromTheHeadToTheEmbedding() =>
        Assert.Equal([0.125, 0.125, 0.25, 0.5, 1, 1], LayerDecay.Rates(Names, Stages, 0.5));

    [Fact]
    public void Rates_WithoutDecay_AreExactlyOne() => Assert.All(LayerDecay.Rates(Names, Stages, 1), rate => Assert.Equal(1, rate));
}
