namespace Lockstep.Node.Data.Inspection;

/// <summary>Reads and decodes every sample of a source, on several threads, and finds what training cannot use or may not expect.</summary>
/// <param name="source">The samples.</param>
/// <param name="minSide">Pictures whose shorter side has fewer pixels are called tiny.</param>
/// <param name="threads">Decoders at work.</param>
public sealed class DatasetCheck(ISampleSource source, int minSide, int threads)
{
    private readonly Lock _lock = new();

    /// <summary>Looks at all samples, or at those that come before it is cancelled.</summary>
    /// <param name="progress">Told after each sample, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops; the report says of how many samples it tells.</param>
    public CheckReport Run(Action<InspectionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var hashes = new UInt128?[source.Count];
        var findings = new List<Finding>();
        var (done, bytes, faults) = (0, 0L, 0);
        SampleScan.Run(source.Count, threads, () => new SampleInspector(source, minSide), Visit, cancellationToken);
        findings.AddRange(Duplicates(hashes));
        findings.Sort((a, b) => a.Sample != b.Sample ? a.Sample.CompareTo(b.Sample) : a.Kind.CompareTo(b.Kind));
        return new CheckReport(source.Count, done, bytes, findings);

        void Visit(SampleInspector inspector, int sample)
        {
            var found = new List<Finding>();
            (var size, hashes[sample]) = inspector.Inspect(sample, found);
            lock (_lock)
            {
                findings.AddRange(found);
                (done, bytes, faults) = (done + 1, bytes + size, faults + found.Count(f => f.Kind.IsFault()));
                progress?.Invoke(new InspectionProgress(done, source.Count, bytes, faults));
            }
        }
    }

    // The first of equal samples is the one that the others are duplicates of.
    private IEnumerable<Finding> Duplicates(UInt128?[] hashes)
    {
        var usable = Enumerable.Range(0, hashes.Length).Where(i => hashes[i] is not null).ToArray();
        var keys = Array.ConvertAll(usable, i => hashes[i]!.Value);
        Array.Sort(keys, usable);
        for (int first = 0, end; first < keys.Length; first = end)
        {
            for (end = first + 1; end < keys.Length && keys[end] == keys[first];) end++;
            if (end == first + 1) continue;
            Array.Sort(usable, first, end - first);
            for (var i = first + 1; i < end; i++) yield return Duplicate(usable[i], usable[first]);
        }
    }

    private Finding Duplicate(int sample, int first)
    {
        var otherClass = source.LabelOf(sample) != source.LabelOf(first) ? ", which is of another class" : "";
        return new Finding(sample, source.NameOf(sample), FindingKind.Duplicate, $"the same bytes as '{source.NameOf(first)}'{otherClass}");
    }
}
