namespace Grpc.Core;

/// <summary>A call that did not end with OK. A handler throws it to choose the status that the client sees.</summary>
public class RpcException : Exception
{
    public RpcException(Status status)
        : this(status, status.ToString(), Metadata.Empty)
    {
    }

    public RpcException(Status status, string message)
        : this(status, message, Metadata.Empty)
    {
    }

    public RpcException(Status status, Metadata trailers)
        : this(status, trailers, status.ToString())
    {
    }

    public RpcException(Status status, Metadata trailers, string message)
        : this(status, message, trailers ?? throw new ArgumentNullException(nameof(trailers)))
    {
    }

    // The parameter order alone distinguishes it from the public constructor above.
    private RpcException(Status status, string message, Metadata trailers)
        : base(message, status.DebugException)
    {
        Status = status;
        Trailers = trailers;
    }

    public Status Status { get; }

    public StatusCode StatusCode => Status.StatusCode;

    /// <summary>The trailing metadata of the call; empty when none came.</summary>
    public Metadata Trailers { get; }
}
