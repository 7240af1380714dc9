namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>The patches that take most of the attention.</summary>
public static class AttentionMass
{
    /// <summary>
    /// As visualize_attention.py: from the least attended on, patches are dropped while their running sum is at most
    /// 1 - <paramref name="share"/> of the whole; what is left holds at least that share.
    /// </summary>
    /// <param name="attention">Weights of the patches, none negative.</param>
    /// <param name="share">Of the mass that is kept, above 0, at most 1.</param>
    /// <returns>True for each patch that is kept.</returns>
    public static bool[] Keep(ReadOnlySpan<float> attention, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var weights = attention.ToArray();
        var order = Enumerable.Range(0, weights.Length).OrderBy(i => weights[i]).ToArray();
        var (keep, whole, sum) = (new bool[weights.Length], weights.Sum(w => (double)w), 0.0);
        foreach (var patch in order)
        {
            sum += weights[patch] / whole;
            keep[patch] = sum > 1 - share;
        }
        return keep;
    }
}
