using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>Checks a channel's credentials against the scheme of its address and collects the call credentials in them.</summary>
internal sealed class ChannelCredentialsReader : ChannelCredentialsConfiguratorBase
{
    private readonly List<CallCredentials> _calls = [];
    private bool _secure;

    public static IReadOnlyList<CallCredentials> Read(ChannelCredentials? credentials, Uri address)
    {
        if (credentials is null)
        {
            return [];
        }

        var reader = new ChannelCredentialsReader();
        credentials.InternalPopulateConfiguration(reader, address);
        if (reader._secure != (address.Scheme == Uri.UriSchemeHttps))
        {
            throw new InvalidOperationException(
                $"Channel is configured with {(reader._secure ? "secure" : "insecure")} channel credentials " +
                $"and can't use the scheme '{address.Scheme}' of {address}.");
        }

        return reader._calls;
    }

    public override void SetInsecureCredentials(object state) => _secure = false;

    public override void SetSslCredentials(
        object state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback) => _secure = true;

    public override void SetCompositeCredentials(object state, ChannelCredentials channelCredentials, CallCredentials callCredentials)
    {
        channelCredentials.InternalPopulateConfiguration(this, state);
        _calls.Add(callCredentials);
    }
}
