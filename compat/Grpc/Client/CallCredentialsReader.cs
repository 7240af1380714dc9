using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>Asks call credentials for their headers.</summary>
internal sealed class CallCredentialsReader : CallCredentialsConfiguratorBase
{
    private readonly List<AsyncAuthInterceptor> _interceptors = [];

    public static async Task<Metadata> ReadAsync(
        IEnumerable<CallCredentials> credentials, Uri address, IMethod method, CancellationToken cancellationToken)
    {
        var reader = new CallCredentialsReader();
        foreach (var credential in credentials)
        {
            credential.InternalPopulateConfiguration(reader, null);
        }

        var serviceUrl = new Uri(address, method.ServiceName).GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped);
        var context = new AuthInterceptorContext(serviceUrl, method.Name, cancellationToken);
        var headers = new Metadata();
        foreach (var interceptor in reader._interceptors)
        {
            await interceptor(context, headers).ConfigureAwait(false);
        }

        return headers;
    }

    public override void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor) => _interceptors.Add(interceptor);

    public override void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials)
    {
        foreach (var credential in credentials)
        {
            credential.InternalPopulateConfiguration(this, state);
        }
    }
}
