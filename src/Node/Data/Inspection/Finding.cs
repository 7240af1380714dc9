namespace Lockstep.Node.Data.Inspection;

/// <summary>One thing to know of one sample.</summary>
/// <param name="Sample">Index in the source.</param>
/// <param name="Name">Name in the source.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Reason">In words.</param>
public sealed record Finding(int Sample, string Name, FindingKind Kind, string Reason)
{
    /// <summary>Name, kind and reason between tabs; backslashes, tabs and line ends in them as \\, \t, \n and \r.</summary>
    public string ToLine() => $"{TsvField.Escape(Name)}\t{Kind.NameOf()}\t{TsvField.Escape(Reason)}";
}
