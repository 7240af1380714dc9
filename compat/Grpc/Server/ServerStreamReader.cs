using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The request stream of a handler.</summary>
internal sealed class ServerStreamReader<T>(HttpServerCall call, Marshaller<T> marshaller) : IAsyncStreamReader<T>
    where T : class
{
    public T Current { get; private set; } = null!;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Current = null!;
        if (await call.ReadAsync(marshaller, cancellationToken).ConfigureAwait(false) is not { } message)
        {
            return false;
        }

        Current = message;
        return true;
    }
}
