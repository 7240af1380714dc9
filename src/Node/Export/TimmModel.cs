using System.Globalization;
using Lockstep.Models.Backbones;
using Lockstep.Models.Weights;

namespace Lockstep.Node.Export;

/// <summary>timm's name for a backbone: an entry point, and for a vision transformer the arguments that make the rest equal.</summary>
internal static class TimmModel
{
    /// <summary>Keyword arguments of timm.create_model; "model_name" is the first.</summary>
    public static IReadOnlyDictionary<string, object> ArgumentsOf(IBackboneShape backbone)
    {
        var arch = BackboneWeights.NameOf(backbone);
        if (backbone is not VitShape shape) return new Dictionary<string, object> { ["model_name"] = arch, ["num_classes"] = 0 };
        var isNamed = arch != "vit" && shape.ImageSize == 224 && (shape.PatchSize == 16 || shape.PatchSize == 8 && arch != "vit_tiny");
        var arguments = new Dictionary<string, object>
        {
            ["model_name"] = isNamed ? string.Create(CultureInfo.InvariantCulture, $"{arch}_patch{shape.PatchSize}_224") : "vit_small_patch16_224",
            ["num_classes"] = 0,
        };
        if (isNamed) return arguments;
        foreach (var (name, value) in new (string, object)[]
        {
            ("img_size", shape.ImageSize), ("patch_size", shape.PatchSize), ("embed_dim", shape.Dim),
            ("depth", shape.Depth), ("num_heads", shape.Heads), ("mlp_ratio", shape.MlpRatio),
        })
            arguments.Add(name, value);
        return arguments;
    }
}
