using System.Numerics.Tensors;

namespace Lockstep.Node.Evaluation;

/// <summary>
/// Weighted k-nearest-neighbour vote (Wu et al. 2018, as DINO evaluates): cosine similarity of L2-normalised features,
/// each of the k nearest adds exp(similarity / temperature) to its class.
/// </summary>
public sealed class KnnClassifier(FeatureSet bank, int classes, int neighbours, double temperature)
{
    private readonly int _k = Math.Min(neighbours, bank.Count);

    /// <summary>Votes a class for one query feature of length D, highest first on a tie of indices.</summary>
    /// <returns>Votes, [classes].</returns>
    public double[] Votes(ReadOnlySpan<float> query)
    {
        var (indices, similarities) = Nearest(query);
        var votes = new double[classes];
        for (var i = 0; i < _k; i++) votes[bank.Labels[indices[i]]] += Math.Exp(similarities[i] / temperature);
        return votes;
    }

    /// <summary>The k nearest of the bank, most similar first; equal similarities in the bank's order.</summary>
    public (int[] Indices, float[] Similarities) Nearest(ReadOnlySpan<float> query)
    {
        var similarities = new float[bank.Count];
        for (var i = 0; i < similarities.Length; i++) similarities[i] = TensorPrimitives.Dot(query, bank.Feature(i));
        var order = Enumerable.Range(0, bank.Count).OrderByDescending(i => similarities[i]).Take(_k).ToArray();
        return (order, [.. order.Select(i => similarities[i])]);
    }

    /// <summary>Share of queries whose class gets the most votes, and whose class is among the first min(5, k); 0 to 1.</summary>
    public (double Top1, double Top5) Evaluate(FeatureSet queries)
    {
        var (first, five) = (0, 0);
        Parallel.For(0, queries.Count, q =>
        {
            var votes = Votes(queries.Feature(q));
            var ranked = Enumerable.Range(0, classes).OrderByDescending(c => votes[c]).Take(Math.Min(5, _k)).ToArray();
            if (ranked[0] == queries.Labels[q]) Interlocked.Increment(ref first);
            if (ranked.Contains(queries.Labels[q])) Interlocked.Increment(ref five);
        });
        return ((double)first / queries.Count, (double)five / queries.Count);
    }
}
