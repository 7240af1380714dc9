using System.Numerics.Tensors;

namespace Lockstep.Models.Replica;

/// <summary>Whether gradients and statistics can be computed with.</summary>
public static class UsableNumbers
{
    /// <summary>
    /// Numbers of this size count as overflowed: their squares, summed over the tensors of a network as norms and second moments
    /// are, come near the largest float32, 3.4e38. Real gradients are smaller by many orders.
    /// </summary>
    public const float Limit = 1e15f;

    /// <summary>True when every number is finite and below <see cref="Limit"/>.</summary>
    public static bool Are(ReadOnlySpan<float> numbers) => numbers.IsEmpty || Math.Abs(TensorPrimitives.MaxMagnitude(numbers)) < Limit; // NaN is not
}
