using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Index;

/// <summary>The part of an index that is JSON: all that is not one number or name a sample.</summary>
internal sealed record IndexDescription
{
    /// <summary>Full path of the data, for an index that lies elsewhere.</summary>
    public required string SourcePath { get; init; }
    public required string Fingerprint { get; init; }
    public required int Count { get; init; }
    public required int NameBytes { get; init; }
    public required string[] Classes { get; init; }
    public required ShardEntry[] Shards { get; init; }
    public required IndexStamp[] Stamps { get; init; }
}
