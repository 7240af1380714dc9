using System.Text.Json.Serialization;

namespace Lockstep.Node.Metrics;

/// <summary>One committed step, one line of metrics.jsonl.</summary>
public sealed record StepMetrics
{
    /// <summary>Committed steps, this one included: the first line says 1.</summary>
    [JsonPropertyName("step")] public required long Step { get; init; }

    /// <summary>Epoch that the step belongs to, from 0.</summary>
    [JsonPropertyName("epoch")] public required long Epoch { get; init; }

    /// <summary>Mean loss of the global batch.</summary>
    [JsonPropertyName("loss")] public required double Loss { get; init; }

    /// <summary>Digest of the state after the step.</summary>
    [JsonPropertyName("digest")] public required string Digest { get; init; }

    /// <summary>Global batch divided by the time since the last commit.</summary>
    [JsonPropertyName("images_per_second")] public required double ImagesPerSecond { get; init; }

    [JsonPropertyName("generation")] public required long Generation { get; init; }

    [JsonPropertyName("nodes")] public required int Nodes { get; init; }

    /// <summary>Seconds of the writing node's step, by phase.</summary>
    [JsonPropertyName("seconds")] public required IReadOnlyDictionary<string, double> Seconds { get; init; }

    /// <summary>Part of the writing node's step in which its lanes waited for data, 0 to 1.</summary>
    [JsonPropertyName("data_wait_share")] public double DataWaitShare { get; init; }

    /// <summary>What the writing node's workers read since the line before, for steps to come: images, bytes, replaced, cache_hits.</summary>
    [JsonPropertyName("data")] public IReadOnlyDictionary<string, long> Data { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes that the writing node sent and received for the step's reduction.</summary>
    [JsonPropertyName("bytes_sent")] public required long BytesSent { get; init; }
    [JsonPropertyName("bytes_received")] public required long BytesReceived { get; init; }

    /// <summary>What the user should hear of since this step: kind and text; null when there is nothing.</summary>
    [JsonPropertyName("alarms")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Alarms { get; init; }

    /// <summary>What the method reports: learning_rate, teacher_momentum, ...</summary>
    [JsonPropertyName("values")] public required IReadOnlyDictionary<string, double> Values { get; init; }
}
