namespace Lockstep.Node.Collectives;

/// <summary>A step's sum could not be formed. The message says at which step and slice, with whom, and why.</summary>
/// <param name="peerIndex">node_index of the member whose stream failed; -1: the coordinator.</param>
public sealed class AllReduceException(string message, int peerIndex) : Exception(message)
{
    /// <summary>node_index of the member whose stream failed; -1: the coordinator.</summary>
    public int PeerIndex => peerIndex;
}
