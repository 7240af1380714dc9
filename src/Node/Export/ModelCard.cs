using System.Text.Encodings.Web;
using System.Text.Json;
using Lockstep.Models.Backbones;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Export;

/// <summary>What the .json beside exported weights says, in snake_case: where they come from, what they are, what images they want.</summary>
public sealed record ModelCard
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Version of this layout.</summary>
    public int LockstepModelCard { get; init; } = 1;

    /// <summary>What trained the weights, and its paper; null where they come from a weights file, which does not say.</summary>
    public required string? Method { get; init; }
    public required string? Paper { get; init; }

    /// <summary>Whose names the tensors have: dino, timm, backbone.</summary>
    public required string Format { get; init; }

    /// <summary>teacher, student, or both; null where a weights file holds one network only.</summary>
    public required string? Section { get; init; }
    public required WeightsPart Weights { get; init; }
    public required ArchitecturePart Architecture { get; init; }

    /// <summary>Arguments of timm.create_model for this backbone; null where its names are not timm's.</summary>
    public required IReadOnlyDictionary<string, object>? Timm { get; init; }
    public required InputPart Input { get; init; }

    /// <summary>The run; null where the weights come from a file.</summary>
    public required TrainingPart? Training { get; init; }

    /// <summary>The weights file that they come from; null where they come from a run.</summary>
    public required SourcePart? Source { get; init; }

    public string License { get; init; } = "The weights belong to whoever trained them; Lockstep claims nothing. What the training images allow is for their owners to say.";

    /// <summary>The resolved recipe; null where the weights come from a file.</summary>
    public required JsonElement? Recipe { get; init; }

    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, Json);

    /// <param name="origin">Where the weights are taken from.</param>
    /// <param name="recipe">The run's, or of a weights file the settings that it is evaluated with.</param>
    /// <param name="weights">The file, already written.</param>
    public static ModelCard Of(ExportOrigin origin, TrainingRecipe recipe, ExportRequest request, WeightsPart weights)
    {
        var shape = BackboneShapes.Of(recipe.Model);
        var vit = shape as VitShape;
        var manifest = origin.Manifest;
        return new ModelCard
        {
            Method = manifest is null ? null : recipe.Method,
            Paper = manifest is null ? null : recipe.Method == "dino" ? "Caron et al., Emerging Properties in Self-Supervised Vision Transformers, 2021, arXiv:2104.14294" : "",
            Format = request.Format.ToString().ToLowerInvariant(),
            Section = origin.File is { } file ? file.Section : request.Section ?? (request.Format == ExportFormat.Dino ? "both" : "teacher"),
            Weights = weights,
            Architecture = new ArchitecturePart(recipe.Model.Arch, shape.FeatureDim, vit?.PatchSize, vit?.Depth ?? (shape is ResNetShape { Basic: true } ? recipe.Model.Depth : null), vit?.Heads, vit?.MlpRatio, vit?.Registers),
            Timm = request.Format == ExportFormat.Dino || vit is { Registers: > 0 } || shape is ResNetShape { Basic: true } ? null : TimmModel.ArgumentsOf(shape),
            Input = new InputPart(recipe.Model.ImageSize, recipe.Augment.Mean, recipe.Augment.Std),
            Training = manifest is null ? null : new TrainingPart(manifest.Run, manifest.Step, manifest.Epoch, manifest.Digest, manifest.RecipeHash, manifest.DatasetHash, manifest.Samples, manifest.Written),
            Source = origin.File,
            Recipe = manifest?.Recipe,
        };
    }

    /// <summary>The backbone: its name in recipes, the width of its features, and what else makes a ViT; of a small ResNet the blocks a layer.</summary>
    public sealed record ArchitecturePart(string Name, int FeatureDim, int? PatchSize, int? Depth, int? Heads, double? MlpRatio, int? Registers);

    /// <summary>The weights file. Parameters are the numbers that were learned: neither running statistics nor the centre.</summary>
    public sealed record WeightsPart(string File, string Sha256, long SizeBytes, int Tensors, long Parameters, string Dtype);

    /// <summary>The images that the network was trained for: square, RGB, on [0,1], then normalised.</summary>
    public sealed record InputPart(int Size, IReadOnlyList<double> Mean, IReadOnlyList<double> Std);

    /// <summary>A weights file: its name, SHA-256, format, and teacher or student where it has both.</summary>
    public sealed record SourcePart(string File, string Sha256, string Format, string? Section);

    /// <summary>The run. The digest is that of the whole state, the dataset's hash that of its names and sizes.</summary>
    public sealed record TrainingPart(string Run, long Step, long Epoch, string Digest, string RecipeHash, string DatasetHash, long Samples, DateTimeOffset Written);
}
