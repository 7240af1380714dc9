namespace Lockstep.Models.Weights;

/// <summary>What a safetensors header says of one tensor.</summary>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record SafetensorsTensor(string Name, string Dtype, IReadOnlyList<long> Shape, long Begin, long End) : WeightTensor(Name, Dtype, Shape);
