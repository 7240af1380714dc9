using System.Globalization;
using System.Text.Json;
using Lockstep.Cli.Recipes;
using Lockstep.Models.Backbones;
using Lockstep.Models.Weights;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>The settings with which a weights file is evaluated: the defaults, its architecture, and the colours that it says it wants.</summary>
internal static class WeightsRecipe
{
    public static TrainingRecipe Of(IWeightsFile file, IBackboneShape shape)
    {
        var size = BackboneWeights.ImageSizeOf(shape);
        List<string> settings =
        [
            "Run:Folder=none", "Run:Steps=1", $"Model:Arch={BackboneWeights.NameOf(shape)}", Number("Model:ImageSize", size),
            "Dino:LocalCropsNumber=0", Number("Dino:GlobalCropSize", size),
        ];
        if (shape is VitShape vit)
        {
            settings.AddRange([Number("Model:PatchSize", vit.PatchSize), Number("Model:Registers", vit.Registers)]);
            if (BackboneWeights.NameOf(vit) == "vit")
                settings.AddRange([Number("Model:Dim", vit.Dim), Number("Model:Depth", vit.Depth), Number("Model:Heads", vit.Heads), Number("Model:MlpRatio", vit.MlpRatio)]);
        }
        if (shape is ResNetShape { Basic: true } small) settings.AddRange([Number("Model:Dim", small.StemDim), Number("Model:Depth", small.Blocks[0])]);
        if (file.Metadata.TryGetValue(WeightsMetadata.CropPct, out var share)) settings.Add($"Evaluation:CropPct={share}");
        foreach (var (key, setting) in new[] { (WeightsMetadata.Mean, "Augment:Mean"), (WeightsMetadata.Std, "Augment:Std") })
            if (file.Metadata.TryGetValue(key, out var numbers)) settings.Add($"{setting}=[{numbers.Replace(' ', ',')}]");
        using var nothing = JsonDocument.Parse("{}");
        return RecipeLoader.FromJson(nothing.RootElement, settings);
    }

    private static string Number(string key, double value) => string.Create(CultureInfo.InvariantCulture, $"{key}={value:R}");
}
