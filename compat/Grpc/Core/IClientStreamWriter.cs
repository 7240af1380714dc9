namespace Grpc.Core;

/// <summary>The request stream of a call.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Ends the request stream; call it once, after the last write has completed.</summary>
    Task CompleteAsync();
}
