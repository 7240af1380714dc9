namespace Lockstep.Node.Data.Shards;

/// <summary>How a sample is called in a shard.</summary>
/// <param name="Image">Path of its image.</param>
/// <param name="Label">Path of its label.</param>
/// <param name="OwnName">Its name in the source, if <paramref name="Image"/> is another.</param>
internal readonly record struct MemberName(string Image, string Label, string? OwnName);
