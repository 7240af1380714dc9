using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>The response stream of a handler.</summary>
internal sealed class ServerStreamWriter<T>(HttpServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
    where T : class
{
    private BusyGate _gate;

    public WriteOptions? WriteOptions
    {
        get => call.WriteOptions;
        set => call.WriteOptions = value;
    }

    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_gate.TryEnter())
        {
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        }

        try
        {
            var flush = ((WriteOptions?.Flags ?? 0) & WriteFlags.BufferHint) == 0;
            await call.WriteAsync(message, marshaller, flush, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
