using Grpc.Core;

namespace Lockstep.Protos;

/// <summary>The service Collective of collective.proto over <see cref="ChunkMessage"/>, in place of the generated stubs.</summary>
public static class CollectiveMethods
{
    /// <summary>Full name of the service.</summary>
    public const string ServiceName = "lockstep.v1.Collective";

    /// <summary>The reducer's side: received chunks are pooled; whoever reads them calls Release.</summary>
    public static Method<ChunkMessage, ChunkMessage> Exchange { get; } = ExchangeInto(ChunkPool.Shared);

    /// <summary>A caller's side: received chunks go where <paramref name="sink"/> says. One sink a stream.</summary>
    public static Method<ChunkMessage, ChunkMessage> ExchangeInto(IChunkSink sink)
    {
        var marshaller = Marshallers.Create(ChunkWriter.Write, context => ChunkReader.Read(context, sink));
        return new(MethodType.DuplexStreaming, ServiceName, nameof(Exchange), marshaller, marshaller);
    }
}
