using System.Text.Json.Serialization;

namespace Lockstep.Node.Replica.NotFinite;

/// <summary>An image of a microbatch that came out not finite.</summary>
/// <param name="Row">Its place in the microbatch.</param>
/// <param name="Epoch">Its epoch, which keys its crops.</param>
/// <param name="Sample">Its number in the dataset.</param>
/// <param name="Name">Its name there. A broken file's substitute is in the log.</param>
/// <param name="StandsOut">Its own loss is not finite.</param>
public sealed record SuspectSample(
    [property: JsonPropertyName("row")] int Row,
    [property: JsonPropertyName("epoch")] long Epoch,
    [property: JsonPropertyName("sample")] int Sample,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("stands_out")] bool StandsOut);
