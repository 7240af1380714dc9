namespace Lockstep.Models.Weights;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Name">State-dict key.</param>
/// <param name="Dtype">F32, F64, F16, BF16, I64 or another of the format's names.</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record SafetensorsTensor(string Name, string Dtype, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Values in the tensor.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
