using System.Globalization;
using Lockstep.Models.Backbones;

namespace Lockstep.Models.Weights;

/// <summary>Reads the architecture of a vision transformer off its tensors' shapes.</summary>
internal static class VitWeights
{
    /// <summary>Width of an attention head in DeiT, DINO and timm's ViTs; shapes do not tell it.</summary>
    private const int HeadDim = 64;

    private const int MaxImageSize = 4096, MaxRegisters = 64; // as in recipes

    /// <summary>The registers' name in DINOv2.</summary>
    private const string Registers = "register_tokens";

    private static readonly (string Arch, int Dim, int Depth, int Heads)[] Named = [("vit_tiny", 192, 12, 3), ("vit_small", 384, 12, 6), ("vit_base", 768, 12, 12)];

    /// <param name="weights">The network's tensors.</param>
    /// <param name="hints">What the user says of it: checked, and needed where shapes leave it open.</param>
    /// <exception cref="InvalidDataException">It is no such network, or another than the hints say.</exception>
    public static VitShape ShapeOf(NetworkWeights weights, BackboneHints hints)
    {
        var place = weights.Place;
        if (Find("cls_token") is not [1, 1, var dim] || Find("patch_embed.proj.weight") is not [var width, var channels, var patch, var patchWidth])
            throw new InvalidDataException($"{place} holds no vision transformer with a class token{What(weights)}");
        if (width != dim || channels != 3 || patch != patchWidth)
            throw new InvalidDataException($"{place}: patch_embed.proj.weight is [{width}, {channels}, {patch}, {patchWidth}]; wanted are square patches of 3 colours to tokens of {dim}");
        var grid = PositionGrid.Of(Find("pos_embed") ?? []);
        if (grid == 0) throw new InvalidDataException($"{place}: pos_embed is not [1, 1 + g * g, {dim}], the positions of a class token and of a square grid");
        if (grid * patch > MaxImageSize) throw new InvalidDataException($"{place}: pos_embed is of images of {grid * patch} pixels, more than {MaxImageSize}");
        var depth = 0;
        while (Find($"blocks.{depth}.norm1.weight") is not null) depth++;
        if (depth == 0 || Find("blocks.0.mlp.fc1.weight") is not [var hidden, _]) throw new InvalidDataException($"{place} has no transformer blocks (blocks.0.norm1, blocks.0.mlp.fc1)");

        var heads = hints.Heads ?? FromMetadata(weights) ?? (dim % HeadDim == 0 ? (int)dim / HeadDim : 0);
        if (heads < 1 || dim % heads != 0) throw new InvalidDataException($"{place}: a width of {dim} does not say how many attention heads there are; name them with --heads");
        var shape = new VitShape((int)(grid * patch), (int)patch, (int)dim, depth, heads, Ratio((int)hidden, (int)dim), RegistersOf(weights, dim));
        var name = NameOf(shape);
        if (hints.Arch is { } arch && arch != "vit" && arch != name) throw new InvalidDataException($"{place} is a {name} (width {dim}, {depth} blocks, {heads} heads), not a {arch}");
        if (hints.PatchSize is { } size && size != patch) throw new InvalidDataException($"{place} has patches of {patch} pixels, not of {size}");
        return shape;

        IReadOnlyList<long>? Find(string tensor) => weights.Tensors.GetValueOrDefault(NetworkWeights.Backbone + tensor)?.Shape;
    }

    /// <summary>vit_tiny, vit_small, vit_base, or vit for any other numbers.</summary>
    public static string NameOf(VitShape shape) =>
        Named.FirstOrDefault(n => (n.Dim, n.Depth, n.Heads, 4 * n.Dim) == (shape.Dim, shape.Depth, shape.Heads, shape.HiddenDim)).Arch ?? "vit";

    private static int RegistersOf(NetworkWeights weights, long dim)
    {
        if (!weights.Tensors.TryGetValue(NetworkWeights.Backbone + Registers, out var found)) return 0;
        return found.Shape is [1, > 0 and <= MaxRegisters, var width] && width == dim
            ? (int)found.Shape[1]
            : throw new InvalidDataException($"{weights.Place}: {found.Name} is [{string.Join(", ", found.Shape)}]; wanted are [1, 1 to {MaxRegisters}, {dim}]");
    }

    // Files that lockstep export wrote say it.
    private static int? FromMetadata(NetworkWeights weights) =>
        int.TryParse(weights.File.Metadata.GetValueOrDefault(WeightsMetadata.Heads), CultureInfo.InvariantCulture, out var heads) ? heads : null;

    // Such that ratio * dim, cut off to a whole number, is the hidden width again.
    private static double Ratio(int hidden, int dim) => (int)((double)hidden / dim * dim) == hidden ? (double)hidden / dim : Math.BitIncrement((double)hidden / dim);

    private static string What(NetworkWeights weights) => weights.Tensors.Count == 0
        ? $", only {string.Join(", ", weights.Ignored.Take(4))}"
        : $" and no ResNet, but {string.Join(", ", weights.Tensors.Values.Take(4).Select(t => t.Name))} and so on";
}
