using Lockstep.Node.Data.Index;

namespace Lockstep.Node.Data.Sources;

/// <summary>The samples of a place, and what shows later whether they are still the same.</summary>
internal sealed record SampleListing(SampleTable Table, IReadOnlyList<IndexStamp> Stamps);
