namespace Lockstep.Protos;

/// <summary>A stream between two parties of a generation broke, and with it the generation's sums.</summary>
/// <param name="PeerIndex">node_index of the member at fault; <see cref="ReduceRoute.Hub"/> for the coordinator.</param>
/// <param name="Reason">What happened.</param>
/// <param name="IsEcho">True when the other side only left: the cause may be elsewhere and show itself soon.</param>
public sealed record PeerFault(int PeerIndex, string Reason, bool IsEcho);
