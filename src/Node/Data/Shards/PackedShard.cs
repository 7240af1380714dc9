namespace Lockstep.Node.Data.Shards;

/// <summary>A shard to be packed.</summary>
/// <param name="Name">File name.</param>
/// <param name="First">Its first sample.</param>
/// <param name="Count">Samples in it.</param>
/// <param name="SizeBytes">How long its file will be.</param>
internal sealed record PackedShard(string Name, int First, int Count, long SizeBytes);
