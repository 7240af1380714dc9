namespace Lockstep.World.Tests;

/// <summary>The last thing that one side hears of a connection.</summary>
/// <param name="Reason">What was seen.</param>
/// <param name="IsEcho">The cause may lie elsewhere.</param>
/// <param name="Culprit">An exchange: the member at fault.</param>
/// <param name="Refused">A session: refused, and for good unless <paramref name="Retry"/>.</param>
internal sealed record Ended(string Reason, bool IsEcho, int? Culprit = null, bool Refused = false, bool Retry = true);
