namespace Lockstep.Models.Weights;

/// <summary>Gives a tensor's values when the writer comes to them; the span is used before the next call.</summary>
public delegate ReadOnlySpan<float> TensorValues();

/// <summary>One float32 tensor to be written.</summary>
public sealed record SafetensorsEntry(string Name, IReadOnlyList<long> Shape, TensorValues Values);
