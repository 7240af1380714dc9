using Lockstep.Models.Backbones;

namespace Lockstep.Models.Weights;

/// <summary>Recognises torchvision's ResNet-50, whose names DINO and timm use as well.</summary>
internal static class ResNetWeights
{
    public const string Name = "resnet50";
    private const int ImageSize = 224; // of the published ones; tensors do not tell it

    public static bool IsOne(NetworkWeights weights) => Find(weights, "conv1.weight") is not null && Find(weights, "layer1.0.conv1.weight") is not null;

    /// <exception cref="InvalidDataException">It is another ResNet, or the hints say something else.</exception>
    public static ResNetShape ShapeOf(NetworkWeights weights, BackboneHints hints)
    {
        var blocks = Enumerable.Range(1, 4).Select(layer => Enumerable.Range(0, 100).TakeWhile(b => Find(weights, $"layer{layer}.{b}.conv1.weight") is not null).Count()).ToList();
        var shape = ResNetShape.ResNet50(ImageSize);
        if (!blocks.SequenceEqual(shape.Blocks) || Find(weights, "layer1.0.conv1.weight") is not [64, 64, 1, 1])
            throw new InvalidDataException($"{weights.Place} is a ResNet of {string.Join(", ", blocks)} blocks; only ResNet-50 can be built: {string.Join(", ", shape.Blocks)} bottlenecks, the first 64 wide");
        if (hints.Arch is not (null or Name)) throw new InvalidDataException($"{weights.Place} is a {Name}, not a {hints.Arch}");
        return hints is { PatchSize: null, Heads: null } ? shape : throw new InvalidDataException($"{weights.Place} is a {Name}, which has neither patches nor heads: leave --patch and --heads out");
    }

    private static IReadOnlyList<long>? Find(NetworkWeights weights, string tensor) => weights.Tensors.GetValueOrDefault(NetworkWeights.Backbone + tensor)?.Shape;
}
