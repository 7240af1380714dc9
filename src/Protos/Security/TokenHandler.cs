namespace Lockstep.Protos.Security;

/// <summary>Adds the join token to every call.</summary>
public sealed class TokenHandler(Identity identity, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Name of the header.</summary>
    public const string Header = "lockstep-token";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (identity.Token is { Length: > 0 } token) request.Headers.TryAddWithoutValidation(Header, token);
        return base.SendAsync(request, cancellationToken);
    }
}
