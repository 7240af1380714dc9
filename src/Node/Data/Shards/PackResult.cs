using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>What packing did.</summary>
/// <param name="Data">The packed images, with their index.</param>
/// <param name="Shards">Shards there are.</param>
/// <param name="Written">Shards written now; the others were there.</param>
/// <param name="Bytes">Length of all shards.</param>
/// <param name="Renamed">Samples that are called otherwise in their shard (the name in the dataset stays).</param>
/// <param name="RenamedExamples">The first of them, "name -> path in the shard".</param>
public sealed record PackResult(IndexedData Data, int Shards, int Written, long Bytes, int Renamed, IReadOnlyList<string> RenamedExamples);
