namespace Grpc.Core;

/// <summary>The peer that a <see cref="VerifyPeerCallback"/> checks.</summary>
public class VerifyPeerContext
{
    internal VerifyPeerContext(string targetName, string peerPem)
    {
        TargetName = targetName;
        PeerPem = peerPem;
    }

    public string TargetName { get; }

    public string PeerPem { get; }
}
