namespace Lockstep.Node.Data.Inspection;

/// <summary>How far a check or a count has come.</summary>
/// <param name="Done">Samples seen.</param>
/// <param name="All">Samples to see.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Faults">Samples that cannot be used so far.</param>
public readonly record struct InspectionProgress(int Done, int All, long Bytes, int Faults);
