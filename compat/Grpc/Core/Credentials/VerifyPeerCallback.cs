namespace Grpc.Core;

/// <summary>Checks the peer's certificate; part of the configurator's signature only.</summary>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);
