namespace Lockstep.Node.Data.Inspection;

/// <summary>What a check has found.</summary>
/// <param name="Samples">Samples of the source.</param>
/// <param name="Seen">Samples looked at: fewer if the check was stopped.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Findings">By sample, that is by name, then by kind.</param>
public sealed record CheckReport(int Samples, int Seen, long Bytes, IReadOnlyList<Finding> Findings)
{
    public bool Complete => Seen == Samples;

    /// <summary>Samples that training replaces by others.</summary>
    public int Faults => Findings.Count(f => f.Kind.IsFault());

    /// <summary>How many findings there are of each kind that there are any of, in the order of kinds.</summary>
    public IReadOnlyList<(FindingKind Kind, int Count)> Kinds =>
        [.. Findings.GroupBy(f => f.Kind).OrderBy(g => g.Key).Select(g => (g.Key, g.Count()))];
}
