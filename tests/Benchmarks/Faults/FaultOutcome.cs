namespace Lockstep.Benchmarks.Faults;

/// <summary>A fault, when it was done and when all was as before: seconds of the watch; NaN: not before the next one.</summary>
internal sealed record FaultOutcome(FaultKind Kind, string Target, double At, double WholeAt);
