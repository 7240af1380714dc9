using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Weights;

/// <summary>Reads a backbone's architecture off its tensors' names and shapes.</summary>
public static class BackboneWeights
{
    /// <param name="weights">The network's tensors.</param>
    /// <param name="hints">What the user says of it: checked, and needed where shapes leave it open.</param>
    /// <exception cref="InvalidDataException">It is none that can be built, or another than the hints say.</exception>
    public static IBackboneShape ShapeOf(NetworkWeights weights, BackboneHints hints) =>
        ResNetWeights.IsOne(weights) ? ResNetWeights.ShapeOf(weights, hints) : VitWeights.ShapeOf(weights, hints);

    /// <summary>The name of an architecture in recipes: vit_tiny, vit_small, vit_base, vit, resnet50, resnet.</summary>
    public static string NameOf(IBackboneShape shape) => shape is VitShape vit ? VitWeights.NameOf(vit) : ResNetWeights.NameOf((ResNetShape)shape);

    /// <summary>Side of the images that it is made for, pixels.</summary>
    public static int ImageSizeOf(IBackboneShape shape) => shape is VitShape vit ? vit.ImageSize : ((ResNetShape)shape).ImageSize;

    /// <summary>The tensors that a backbone wants, running statistics included.</summary>
    public static FlatLayout LayoutOf(IBackboneShape shape)
    {
        var recorder = new LayoutRecorder();
        using (shape.Build(recorder, NetworkWeights.Backbone, dropPathRate: 0)) { }
        return recorder.Layout;
    }

    /// <summary>For people: "vit_small: width 384, 12 blocks, 6 heads, 16 px patches, 224 px images".</summary>
    public static string Describe(IBackboneShape shape) => shape is VitShape vit
        ? $"{VitWeights.NameOf(vit)}: width {vit.Dim}, {vit.Depth} blocks, {vit.Heads} heads, {vit.PatchSize} px patches, {vit.ImageSize} px images{(vit.Registers > 0 ? $", {vit.Registers} registers" : "")}"
        : ResNetWeights.Describe((ResNetShape)shape);
}
