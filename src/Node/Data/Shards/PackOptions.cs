namespace Lockstep.Node.Data.Shards;

/// <summary>How large shards get: by whichever limit is met first. A shard has one sample at least.</summary>
/// <param name="SamplesPerShard">Samples at most.</param>
/// <param name="ShardBytes">Length at most; 0: no limit.</param>
public sealed record PackOptions(int SamplesPerShard, long ShardBytes = 0);
