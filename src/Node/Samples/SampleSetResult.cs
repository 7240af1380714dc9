namespace Lockstep.Node.Samples;

/// <summary>What <see cref="SampleSet.Write"/> did.</summary>
/// <param name="Written">Pictures written now.</param>
/// <param name="Reused">Pictures that were there already.</param>
/// <param name="Refusal">Why the folder was left untouched, and what to do; null if the set is complete.</param>
public sealed record SampleSetResult(int Written, int Reused, string? Refusal = null)
{
    /// <summary>Whether the folder now holds the whole set.</summary>
    public bool Succeeded => Refusal is null;
}
