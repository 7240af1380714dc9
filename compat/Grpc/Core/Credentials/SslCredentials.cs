namespace Grpc.Core;

/// <summary>TLS with the roots of the system; certificates are configured on the HTTP handler, as for Grpc.Net.Client.</summary>
public sealed class SslCredentials : ChannelCredentials
{
    internal override bool IsComposable => true;

    public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state) =>
        configurator.SetSslCredentials(state, null, null, null);
}
