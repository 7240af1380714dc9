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
    public static TrainingRecipe Of(IWeightsFile file, VitShape shape)
    {
        var arch = VitWeights.NameOf(shape);
        var isFree = arch == "vit";
        List<string> settings =
        [
            "Run:Folder=none", "Run:Steps=1", "Dino:LocalCropsNumber=0", Number("Dino:GlobalCropSize", shape.ImageSize),
            $"Model:Arch={arch}", Number("Model:ImageSize", shape.ImageSize), Number("Model:PatchSize", shape.PatchSize), Number("Model:MlpRatio", shape.MlpRatio),
            Number("Model:Dim", isFree ? shape.Dim : 0), Number("Model:Depth", isFree ? shape.Depth : 0), Number("Model:Heads", isFree ? shape.Heads : 0),
        ];
        foreach (var (key, setting) in new[] { (WeightsMetadata.Mean, "Augment:Mean"), (WeightsMetadata.Std, "Augment:Std") })
            if (file.Metadata.TryGetValue(key, out var numbers)) settings.Add($"{setting}=[{numbers.Replace(' ', ',')}]");
        using var nothing = JsonDocument.Parse("{}");
        return RecipeLoader.FromJson(nothing.RootElement, settings);
    }

    private static string Number(string key, double value) => string.Create(CultureInfo.InvariantCulture, $"{key}={value:R}");
}
