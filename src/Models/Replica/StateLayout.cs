namespace Lockstep.Models.Replica;

/// <summary>The sections of a state in their fixed order, e.g. student, teacher, exp_avg, exp_avg_sq, statistics.</summary>
public sealed record StateLayout(IReadOnlyList<(string Name, FlatLayout Layout)> Sections);
