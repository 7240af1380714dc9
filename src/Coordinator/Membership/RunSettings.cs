namespace Lockstep.Coordinator.Membership;

/// <summary>What the coordinator's decisions depend on besides events; fixed for the whole run.</summary>
/// <param name="RecipeHash">Hash of all settings that decide the result.</param>
/// <param name="ExpectedNodes">Nodes to wait for before the first step.</param>
/// <param name="MinNodes">Nodes below which a run waits instead of going on.</param>
/// <param name="Steps">Steps of the run, or null: as many as <paramref name="Epochs"/> take.</param>
/// <param name="Epochs">Passes over the dataset, when <paramref name="Steps"/> is null.</param>
/// <param name="GlobalBatch">Images a step.</param>
/// <param name="Microbatches">M, a power of two.</param>
/// <param name="Reducer">Who sums: hub, direct or auto.</param>
/// <param name="GroupSize">Members a group of the direct reducer; 0: as the coordinator sees fit.</param>
/// <param name="SliceFloats">Floats a slice of the flat buffer.</param>
/// <param name="NodeTimeout">Silence after which a node counts as lost, at least.</param>
/// <param name="ReturnWait">How long nodes of the last generation are waited for after a loss of all or a start of the coordinator.</param>
/// <param name="DigestEverySteps">State digests are compared at multiples of this.</param>
/// <param name="AllowMixed">Let nodes of differing kernel fingerprints in, with a warning.</param>
public sealed record RunSettings(
    string RecipeHash, int ExpectedNodes, int MinNodes, long? Steps, double Epochs, int GlobalBatch, int Microbatches,
    string Reducer, int GroupSize, int SliceFloats, TimeSpan NodeTimeout, TimeSpan ReturnWait, int DigestEverySteps, bool AllowMixed)
{
    /// <summary>Whether an epoch's last images go into a step of the next epoch, instead of being left out.</summary>
    public bool CarriesLastBatch { get; init; }
}
