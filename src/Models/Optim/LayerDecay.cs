namespace Lockstep.Models.Optim;

/// <summary>
/// Layer-wise learning-rate decay as in DINOv2's param_groups.py: with L stages in the backbone, what lies before them (stem,
/// embeddings) learns at decay^(L + 1) of the rate, stage i (from 0) at decay^(L - i), and what lies behind (norm, head) at
/// all of it.
/// </summary>
public static class LayerDecay
{
    /// <summary>The share of the learning rate of each named tensor.</summary>
    /// <param name="names">Parameters in the network's order.</param>
    /// <param name="stages">Prefixes of the backbone's stages, in the network's order.</param>
    /// <param name="decay">1 gives all of them all of it.</param>
    public static double[] Rates(IReadOnlyList<string> names, IReadOnlyList<string> stages, double decay)
    {
        var rates = new double[names.Count];
        var layer = 0;
        for (var i = 0; i < rates.Length; i++)
        {
            var stage = stages.TakeWhile(prefix => !names[i].StartsWith(prefix, StringComparison.Ordinal)).Count();
            if (stage < stages.Count || layer > 0) layer = stage + 1;
            rates[i] = Math.Pow(decay, stages.Count + 1 - layer);
        }
        return rates;
    }
}
