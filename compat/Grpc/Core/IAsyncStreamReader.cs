namespace Grpc.Core;

/// <summary>Received messages, one at a time. One <see cref="MoveNext"/> at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    T Current { get; }

    /// <summary>True when <see cref="Current"/> holds the next message, false at the end of the stream.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
