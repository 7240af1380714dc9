namespace Lockstep.Node.Data.Inspection;

/// <summary>How the samples spread over the classes.</summary>
/// <param name="Count">Classes.</param>
/// <param name="Smallest">Name of the class with the fewest samples.</param>
/// <param name="SmallestSamples">Its samples.</param>
/// <param name="Largest">Name of the class with the most samples.</param>
/// <param name="LargestSamples">Its samples.</param>
public sealed record ClassBalance(int Count, string Smallest, int SmallestSamples, string Largest, int LargestSamples)
{
    /// <summary>Largest class over smallest; 1 is balanced.</summary>
    public double Imbalance => (double)LargestSamples / Math.Max(SmallestSamples, 1);

    /// <summary>Of a source; null if its samples have no classes.</summary>
    internal static ClassBalance? Of(ISampleSource source)
    {
        if (source.Classes.Count == 0) return null;
        var samples = new int[source.Classes.Count];
        for (var i = 0; i < source.Count; i++)
            if (source.LabelOf(i) is { } label) samples[label]++;
        var (smallest, largest) = (Array.IndexOf(samples, samples.Min()), Array.IndexOf(samples, samples.Max()));
        return new ClassBalance(samples.Length, source.Classes[smallest], samples[smallest], source.Classes[largest], samples[largest]);
    }
}
