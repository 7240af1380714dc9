namespace Lockstep.Node.Data.Order;

/// <summary>Which sample in which epoch: the key of all chance in its augmentation.</summary>
public readonly record struct SamplePosition(long Epoch, int Sample);
