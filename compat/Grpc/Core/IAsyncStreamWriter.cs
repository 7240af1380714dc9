namespace Grpc.Core;

/// <summary>Messages to send. One write at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    WriteOptions? WriteOptions { get; set; }

    Task WriteAsync(T message);

    /// <summary>Writes; cancelling the token cancels the call.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException("Cancellation of stream writes is not supported by this gRPC implementation.")
            : WriteAsync(message);
}
