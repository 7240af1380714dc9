using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Models.Backbones;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Export;

/// <summary>What the .json beside exported weights says: where they come from, what they are and what images they want.</summary>
public sealed record ModelCard
{
    [JsonPropertyName("lockstep_model_card")] public int Version { get; init; } = 1;
    [JsonPropertyName("method")] public required string Method { get; init; }
    [JsonPropertyName("paper")] public required string Paper { get; init; }

    /// <summary>Whose names the tensors have: dino, timm, backbone.</summary>
    [JsonPropertyName("format")] public required string Format { get; init; }

    /// <summary>teacher, student, or both.</summary>
    [JsonPropertyName("section")] public required string Section { get; init; }
    [JsonPropertyName("weights")] public required WeightsPart Weights { get; init; }
    [JsonPropertyName("architecture")] public required VitShape? Architecture { get; init; }
    [JsonPropertyName("arch")] public required string Arch { get; init; }

    /// <summary>Arguments of timm.create_model for this backbone; null where it is none of timm's.</summary>
    [JsonPropertyName("timm")] public required IReadOnlyDictionary<string, object>? Timm { get; init; }
    [JsonPropertyName("input")] public required InputPart Input { get; init; }
    [JsonPropertyName("training")] public required TrainingPart Training { get; init; }

    [JsonPropertyName("license")]
    public string License { get; init; } = "The weights belong to whoever trained them; Lockstep claims nothing. What the training images allow is for their owners to say.";

    /// <summary>The resolved recipe.</summary>
    [JsonPropertyName("recipe")] public required JsonElement Recipe { get; init; }

    /// <param name="manifest">Of the checkpoint that the weights are taken from.</param>
    /// <param name="weights">The file, already written.</param>
    public static ModelCard Of(CheckpointManifest manifest, TrainingRecipe recipe, ExportRequest request, WeightsPart weights)
    {
        var shape = recipe.Model.Arch.StartsWith("vit", StringComparison.Ordinal) ? VitShape.Of(recipe.Model) : null;
        return new ModelCard
        {
            Method = recipe.Method,
            Paper = recipe.Method == "dino" ? "Caron et al., Emerging Properties in Self-Supervised Vision Transformers, 2021, arXiv:2104.14294" : "",
            Format = request.Format.ToString().ToLowerInvariant(),
            Section = request.Section ?? (request.Format == ExportFormat.Dino ? "both" : "teacher"),
            Weights = weights,
            Arch = recipe.Model.Arch,
            Architecture = shape,
            Timm = shape is null || request.Format == ExportFormat.Dino ? null : TimmModel.ArgumentsOf(shape),
            Input = new InputPart(recipe.Model.ImageSize, recipe.Augment.Mean, recipe.Augment.Std),
            Training = new TrainingPart(manifest.Run, manifest.Step, manifest.Epoch, manifest.Digest, manifest.RecipeHash, manifest.DatasetHash, manifest.Samples, manifest.Written),
            Recipe = manifest.Recipe,
        };
    }

    /// <summary>The weights file.</summary>
    /// <param name="Parameters">Numbers in all its tensors.</param>
    public sealed record WeightsPart(
        [property: JsonPropertyName("file")] string File,
        [property: JsonPropertyName("sha256")] string Sha256,
        [property: JsonPropertyName("size_bytes")] long SizeBytes,
        [property: JsonPropertyName("tensors")] int Tensors,
        [property: JsonPropertyName("parameters")] long Parameters,
        [property: JsonPropertyName("dtype")] string Dtype);

    /// <summary>The images that the network was trained for: square, RGB, on [0,1], then normalised.</summary>
    public sealed record InputPart(
        [property: JsonPropertyName("size")] int Size,
        [property: JsonPropertyName("mean")] IReadOnlyList<double> Mean,
        [property: JsonPropertyName("std")] IReadOnlyList<double> Std);

    /// <summary>The run. The digest is that of the whole state, the dataset's hash that of its names and sizes.</summary>
    public sealed record TrainingPart(
        [property: JsonPropertyName("run")] string Run,
        [property: JsonPropertyName("step")] long Step,
        [property: JsonPropertyName("epoch")] long Epoch,
        [property: JsonPropertyName("digest")] string Digest,
        [property: JsonPropertyName("recipe_hash")] string RecipeHash,
        [property: JsonPropertyName("dataset_hash")] string DatasetHash,
        [property: JsonPropertyName("samples")] long Samples,
        [property: JsonPropertyName("written")] DateTimeOffset Written);
}
