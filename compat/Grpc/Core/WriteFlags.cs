namespace Grpc.Core;

/// <summary>How one message is written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>The message may wait in a buffer for the next one. The client ignores it, as Grpc.Net.Client does.</summary>
    BufferHint = 0x1,

    /// <summary>Do not compress this message even if the call compresses.</summary>
    NoCompress = 0x2,
}
