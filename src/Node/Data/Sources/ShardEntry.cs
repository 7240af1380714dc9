namespace Lockstep.Node.Data.Sources;

/// <summary>A shard that holds samples.</summary>
/// <param name="Name">File name, without its folder.</param>
/// <param name="SizeBytes">Its length when it was scanned.</param>
/// <param name="First">Its first sample.</param>
internal sealed record ShardEntry(string Name, long SizeBytes, int First);
