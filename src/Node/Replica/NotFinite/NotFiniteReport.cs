using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lockstep.Node.Replica.NotFinite;

/// <summary>All that is known of a step whose sum is not finite. Every node that looks for it finds the same.</summary>
public sealed record NotFiniteReport
{
    public const string FileName = "report.json";

    // More names than these nobody reads in a message.
    private const int Named = 4;

    /// <summary>The step, from 0. It was not committed.</summary>
    [JsonPropertyName("step")] public required long Step { get; init; }

    [JsonPropertyName("epoch")] public required long Epoch { get; init; }

    /// <summary>Mean loss of the step.</summary>
    [JsonPropertyName("loss")] public required double Loss { get; init; }

    [JsonPropertyName("run")] public required string Run { get; init; }

    [JsonPropertyName("recipe_hash")] public required string RecipeHash { get; init; }

    /// <summary>Digest of the state before the step.</summary>
    [JsonPropertyName("state_digest")] public required string StateDigest { get; init; }

    /// <summary>How the step can be computed again.</summary>
    [JsonPropertyName("again")] public required string Again { get; init; }

    /// <summary>Tensors of the state before the step that are not finite; empty: the step itself is the first to be so.</summary>
    [JsonPropertyName("state")] public required IReadOnlyList<TensorFault> State { get; init; }

    /// <summary>Tensors of the step's sum that are not finite.</summary>
    [JsonPropertyName("sum")] public required IReadOnlyList<TensorFault> Sum { get; init; }

    /// <summary>Microbatches of the step: M.</summary>
    [JsonPropertyName("microbatches_of_the_step")] public required int Microbatches { get; init; }

    /// <summary>Microbatches that were computed again, from the first on, until enough were found.</summary>
    [JsonPropertyName("microbatches_computed_again")] public required int ComputedAgain { get; init; }

    [JsonPropertyName("microbatches")] public required IReadOnlyList<SuspectMicrobatch> Suspects { get; init; }

    /// <summary>All settings.</summary>
    [JsonPropertyName("recipe")] public required JsonElement Recipe { get; init; }

    /// <summary>Where the report lies in a run folder.</summary>
    public static string FolderOf(string runFolder, long step) =>
        Path.Combine(runFolder, "not-finite", "step-" + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>What happened, where, and what to do.</summary>
    public string Describe(string runFolder)
    {
        var where = Suspects.Count == 0
            ? $"none of its {ComputedAgain} microbatches is, when it is computed again: their sum overflowed, or a processor or memory erred"
            : $"first in {List(Suspects.Select(s => s.Microbatch.ToString(CultureInfo.InvariantCulture)), "microbatch", "microbatches")}, with {List(Images(), "image", "images")}";
        var cause = State.Count == 0 ? "" : $" The state before it has numbers that are not finite already ({State[0].Name}): an earlier update overflowed.";
        return $"step {Step} (epoch {Epoch}) was not applied, since {(double.IsFinite(Loss) ? $"'{Sum[0].Name}' of its sum" : "its loss")} is not finite: {where}.{cause} " +
            $"'{Path.Combine(FolderOf(runFolder, Step), FileName)}' has the details. Lower Optim:LearningRate or Dino:TeacherTemp, or lengthen Optim:WarmupEpochs; to leave out single steps, set Optim:SkipNotFinite.";
    }

    // Those that stand out, or all where none does.
    private IEnumerable<string> Images()
    {
        var samples = Suspects.SelectMany(s => s.Samples).ToList();
        return (samples.Exists(s => s.StandsOut) ? samples.Where(s => s.StandsOut) : samples).Select(s => $"'{s.Name}'");
    }

    private static string List(IEnumerable<string> names, string one, string many)
    {
        var all = names.ToList();
        var rest = all.Count - Named;
        return $"{(all.Count == 1 ? one : many)} {string.Join(", ", all.Take(Named))}{(rest > 0 ? $" and {rest} more" : "")}";
    }
}
