using System.Collections.Concurrent;

namespace Lockstep.Protos;

/// <summary>Received chunks with memory of their own. Grows to the most that were ever held at once, and stays there.</summary>
public sealed class ChunkPool : IChunkSink
{
    private readonly ConcurrentQueue<ChunkMessage> _spare = new();

    public ChunkMessage Rent() => _spare.TryDequeue(out var message) ? message : new(this);

    public string? Place(ChunkMessage message, int floats)
    {
        message.UseOwnBuffer(floats);
        return null;
    }

    internal void Return(ChunkMessage message) => _spare.Enqueue(message);
}
