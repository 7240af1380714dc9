using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lockstep.Node.Checkpoints;

/// <summary>What manifest.json beside a checkpoint's state.safetensors says.</summary>
public sealed record CheckpointManifest
{
    [JsonPropertyName("format")] public int Format { get; init; } = 1;

    /// <summary>Committed steps of the state.</summary>
    [JsonPropertyName("step")] public required long Step { get; init; }
    [JsonPropertyName("epoch")] public required long Epoch { get; init; }

    /// <summary>Digest of the state; checked when it is loaded.</summary>
    [JsonPropertyName("digest")] public required string Digest { get; init; }
    [JsonPropertyName("run")] public required string Run { get; init; }
    [JsonPropertyName("recipe_hash")] public required string RecipeHash { get; init; }
    [JsonPropertyName("dataset_hash")] public required string DatasetHash { get; init; }
    [JsonPropertyName("samples")] public required long Samples { get; init; }

    /// <summary>Size of state.safetensors, bytes.</summary>
    [JsonPropertyName("size_bytes")] public required long SizeBytes { get; init; }
    [JsonPropertyName("written")] public required DateTimeOffset Written { get; init; }

    /// <summary>The resolved recipe, so that a checkpoint can be evaluated without any other file.</summary>
    [JsonPropertyName("recipe")] public required JsonElement Recipe { get; init; }
}
