using System.Text.Json.Serialization;
using Lockstep.Protos;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>One evaluation, one line of knn.jsonl. All but the seconds are the same whichever node evaluated.</summary>
public sealed record KnnLine
{
    /// <summary>Committed steps of the teacher that was evaluated.</summary>
    [JsonPropertyName("step")] public required long Step { get; init; }

    /// <summary>Epochs that it has trained, whole ones.</summary>
    [JsonPropertyName("epoch")] public required long Epoch { get; init; }

    /// <summary>Neighbours that voted.</summary>
    [JsonPropertyName("k")] public required int Neighbours { get; init; }

    /// <summary>Share of images whose class got the most votes, 0 to 1.</summary>
    [JsonPropertyName("accuracy")] public required double Accuracy { get; init; }

    /// <summary>Images that voted, and images that were classified.</summary>
    [JsonPropertyName("bank")] public required int Bank { get; init; }
    [JsonPropertyName("queries")] public required int Queries { get; init; }

    /// <summary>How long it took, beside the training.</summary>
    [JsonPropertyName("seconds")] public required double Seconds { get; init; }

    /// <summary>What the coordinator is told of it.</summary>
    public KnnResult ToResult() => new() { Step = Step, Accuracy = Accuracy, Neighbours = Neighbours };
}
