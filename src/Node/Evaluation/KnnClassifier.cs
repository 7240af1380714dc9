using Lockstep.Node.Replica.Devices;

namespace Lockstep.Node.Evaluation;

/// <summary>
/// Weighted k-nearest-neighbour vote (Wu et al. 2018, as DINO evaluates): cosine similarity of L2-normalised features,
/// each of the k nearest adds exp(similarity / temperature) to its class.
/// </summary>
/// <param name="bank">Features that vote, of length 1.</param>
/// <param name="classes">Number of classes.</param>
/// <param name="temperature">Of the votes.</param>
public sealed class KnnClassifier(FeatureSet bank, int classes, double temperature)
{
    /// <summary>The votes of the first k neighbours of a query for each class, [classes].</summary>
    public double[] Votes(NearestList nearest, int k)
    {
        var votes = new double[classes];
        for (var i = 0; i < Math.Min(k, nearest.Indices.Length); i++)
            votes[bank.Labels[nearest.Indices[i]]] += Math.Exp(nearest.Similarities[i] / temperature);
        return votes;
    }

    /// <summary>Share of queries whose class gets the most votes, and whose class is among the first min(5, k), for each k in one pass.</summary>
    /// <param name="queries">Features of length 1.</param>
    /// <param name="neighbours">Every k; one that is larger than the bank is the bank's size.</param>
    /// <param name="device">Where similarities are computed; null: on the CPU.</param>
    /// <returns>A score a distinct k, in their order.</returns>
    public IReadOnlyList<KnnScore> Evaluate(FeatureSet queries, IReadOnlyList<int> neighbours, ComputeDevice? device = null)
    {
        var ks = neighbours.Select(k => Math.Min(k, bank.Count)).Distinct().ToArray();
        var (first, five) = (new int[ks.Length], new int[ks.Length]);
        NearestNeighbours.Visit(bank, queries, ks.Max(), (query, nearest) =>
        {
            for (var i = 0; i < ks.Length; i++)
            {
                var rank = Rank(Votes(nearest, ks[i]), queries.Labels[query]);
                if (rank == 0) first[i]++;
                if (rank < Math.Min(5, ks[i])) five[i]++;
            }
        }, device: device);
        return [.. ks.Select((k, i) => new KnnScore(k, (double)first[i] / queries.Count, (double)five[i] / queries.Count))];
    }

    // Classes before this one: those with more votes, and those of lower index with as many.
    private static int Rank(double[] votes, int label)
    {
        var rank = 0;
        for (var c = 0; c < votes.Length; c++)
            if (votes[c] > votes[label] || (votes[c] == votes[label] && c < label)) rank++;
        return rank;
    }
}
