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
    public int Replaced => Findings.Count(f => f.Kind.IsReplaced());

    /// <summary>Samples that training waits for, and stops because of.</summary>
    public int Unreadable => Findings.Count(f => f.Kind == FindingKind.Unreadable);

    /// <summary>Samples that cannot be used.</summary>
    public int Faults => Replaced + Unreadable;

    /// <summary>How many findings there are of each kind that there are any of, in the order of kinds.</summary>
    public IReadOnlyList<(FindingKind Kind, int Count)> Kinds =>
        [.. Findings.GroupBy(f => f.Kind).OrderBy(g => g.Key).Select(g => (g.Key, g.Count()))];
}
