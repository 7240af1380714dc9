using System.Text.Json.Serialization;

namespace Lockstep.Node.Replica.NotFinite;

/// <summary>A microbatch that came out not finite when it was computed again.</summary>
/// <param name="Microbatch">Its index in the step.</param>
/// <param name="Numbers">What the method can tell of its forward pass: the loss of each view, ...</param>
/// <param name="Samples">Its images.</param>
/// <param name="Tensors">Parts of its contribution that are not finite.</param>
public sealed record SuspectMicrobatch(
    [property: JsonPropertyName("microbatch")] int Microbatch,
    [property: JsonPropertyName("numbers")] IReadOnlyDictionary<string, double> Numbers,
    [property: JsonPropertyName("samples")] IReadOnlyList<SuspectSample> Samples,
    [property: JsonPropertyName("tensors")] IReadOnlyList<TensorFault> Tensors);
