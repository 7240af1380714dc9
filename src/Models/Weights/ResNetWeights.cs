using System.Globalization;
using Lockstep.Models.Backbones;

namespace Lockstep.Models.Weights;

/// <summary>Recognises torchvision's ResNet-50, whose names DINO and timm use as well, and the ResNets for small images.</summary>
internal static class ResNetWeights
{
    private const string Large = "resnet50", Small = "resnet";
    private const int MostLayers = 4, MostBlocks = 128, LargeImages = 224, SmallImages = 32; // of the published ones, where the file does not tell

    public static bool IsOne(NetworkWeights weights) => Find(weights, "conv1.weight") is not null && Find(weights, "layer1.0.conv1.weight") is not null;

    public static string NameOf(ResNetShape shape) => shape.Basic ? Small : Large;

    public static string Describe(ResNetShape shape) => shape.Basic
        ? $"{Small}: {shape.StemDim} to {shape.FeatureDim} channels, {shape.Blocks[0]} blocks a layer, {shape.ImageSize} px images"
        : $"{Large}, {shape.ImageSize} px images";

    /// <exception cref="InvalidDataException">It is another ResNet, or the hints say something else.</exception>
    public static ResNetShape ShapeOf(NetworkWeights weights, BackboneHints hints)
    {
        var blocks = Enumerable.Range(1, MostLayers).Select(layer => Enumerable.Range(0, MostBlocks).TakeWhile(b => Find(weights, $"layer{layer}.{b}.conv1.weight") is not null).Count()).ToList();
        while (blocks is [.., 0]) blocks.RemoveAt(blocks.Count - 1);
        var size = int.TryParse(weights.File.Metadata.GetValueOrDefault(WeightsMetadata.ImageSize), CultureInfo.InvariantCulture, out var told) ? told : (int?)null;
        var shape = Find(weights, "conv1.weight") is [var channels, 3, 3, 3] ? ResNetShape.Small(size ?? SmallImages, (int)channels, blocks[0]) : ResNetShape.ResNet50(size ?? LargeImages);
        long[] first = shape.Basic ? [shape.StemDim, shape.StemDim, 3, 3] : [shape.WidthPerGroup, shape.StemDim, 1, 1];
        if (!blocks.SequenceEqual(shape.Blocks) || !first.SequenceEqual(Find(weights, "layer1.0.conv1.weight")!))
            throw new InvalidDataException($"{weights.Place} is a ResNet of {string.Join(", ", blocks)} blocks; only two kinds can be built: ResNet-50 (3, 4, 6, 3 bottlenecks, the first 64 wide), and basic blocks behind a 3x3 convolution, the same number in each of 3 layers");
        var name = NameOf(shape);
        if (hints.Arch is { } arch && arch != name) throw new InvalidDataException($"{weights.Place} is a {name}, not a {arch}");
        if (shape.Basic && hints.Arch is null && weights.File.Metadata.GetValueOrDefault(WeightsMetadata.Arch) != Small)
            throw new InvalidDataException($"{weights.Place} is a ResNet for small images, and does not say with which stride its stem moves: here it is 2, in the paper's networks for CIFAR 1. If it is 2, say --arch {Small}");
        return hints is { PatchSize: null, Heads: null } ? shape : throw new InvalidDataException($"{weights.Place} is a {name}, which has neither patches nor heads: leave --patch and --heads out");
    }

    private static IReadOnlyList<long>? Find(NetworkWeights weights, string tensor) => weights.Tensors.GetValueOrDefault(NetworkWeights.Backbone + tensor)?.Shape;
}
