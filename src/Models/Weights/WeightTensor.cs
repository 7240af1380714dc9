namespace Lockstep.Models.Weights;

/// <summary>What a weights file says of one tensor.</summary>
/// <param name="Name">State-dict key; in a file of several state dicts the path to it, e.g. teacher.backbone.cls_token.</param>
/// <param name="Dtype">F32, F64, F16, BF16, I64 or another of safetensors' names.</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
public record WeightTensor(string Name, string Dtype, IReadOnlyList<long> Shape)
{
    /// <summary>Values in the tensor.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
