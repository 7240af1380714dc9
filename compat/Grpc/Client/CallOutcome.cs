using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>How a call ended; set once.</summary>
/// <param name="Status">What the user sees.</param>
/// <param name="Trailers">Trailing metadata, or null when the server sent none because it did not end the call.</param>
/// <param name="CancelledBy">The token whose cancellation ended the call.</param>
internal sealed record CallOutcome(Status Status, Metadata? Trailers = null, CancellationToken CancelledBy = default);
