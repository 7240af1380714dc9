namespace Lockstep.Models.Weights.Pth;

/// <summary>A Python tuple. Items are null (None), bool, long, BigInteger, double, string, or what stands for an object here.</summary>
internal sealed record PickleTuple(IReadOnlyList<object?> Items);
