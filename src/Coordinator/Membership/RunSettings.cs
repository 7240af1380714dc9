namespace Lockstep.Coordinator.Membership;

/// <summary>What the coordinator's decisions depend on besides events; fixed for the whole run.</summary>
/// <param name="RecipeHash">Hash of all settings that decide the result.</param>
/// <param name="ExpectedNodes">Nodes to wait for before the first step.</param>
/// <param name="Steps">Steps of the run, or null: as many as <paramref name="Epochs"/> take.</param>
/// <param name="Epochs">Passes over the dataset, when <paramref name="Steps"/> is null.</param>
/// <param name="GlobalBatch">Images a step.</param>
/// <param name="Microbatches">M, a power of two.</param>
/// <param name="Reducer">Who sums: hub.</param>
/// <param name="SliceFloats">Floats a slice of the flat buffer.</param>
/// <param name="NodeTimeout">Silence after which a node counts as lost.</param>
/// <param name="AllowMixed">Let nodes of differing kernel fingerprints in, with a warning.</param>
public sealed record RunSettings(
    string RecipeHash, int ExpectedNodes, long? Steps, double Epochs, int GlobalBatch, int Microbatches,
    string Reducer, int SliceFloats, TimeSpan NodeTimeout, bool AllowMixed);
