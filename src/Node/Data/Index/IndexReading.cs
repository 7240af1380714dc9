using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Index;

/// <summary>What reading an index gave: a listing, or the fault that it has.</summary>
/// <param name="SourcePath">The data it is of.</param>
internal sealed record IndexReading(SampleListing? Listing, string? SourcePath, string? Fault);
