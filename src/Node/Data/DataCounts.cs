namespace Lockstep.Node.Data;

/// <summary>What a node has read.</summary>
/// <param name="Images">Samples read, substitutes included.</param>
/// <param name="Bytes">Bytes of them, encoded.</param>
/// <param name="Replaced">Places in the order whose sample was broken and was replaced.</param>
/// <param name="CacheHits">Samples that came from the node's cache.</param>
public readonly record struct DataCounts(long Images, long Bytes, long Replaced, long CacheHits)
{
    public static DataCounts operator -(DataCounts now, DataCounts before) =>
        new(now.Images - before.Images, now.Bytes - before.Bytes, now.Replaced - before.Replaced, now.CacheHits - before.CacheHits);
}
