using Lockstep.Node.Data.Cache;
using Lockstep.Node.Data.Reading;

namespace Lockstep.Node.Data;

/// <summary>A node's images and what has become of reading them: outlives the prefetchers, of which each range of microbatches has its own.</summary>
public sealed record NodeData(ISampleSource Source, SampleReads Reads, BrokenSamples Broken)
{
    /// <summary>Counts so far.</summary>
    public DataCounts Counts => new(Reads.Images, Reads.Bytes, Broken.Replaced, (Source as CachedSource)?.Hits ?? 0);
}
