using System.Collections.Concurrent;

namespace Lockstep.Protos;

/// <summary>Received chunks with memory of their own. Grows to the most that were ever held at once, and stays there.</summary>
public sealed class ChunkPool : IChunkSink
{
    private readonly ConcurrentQueue<ChunkMessage> _spare = new();

    /// <summary>The chunks of this process.</summary>
    public static ChunkPool Shared { get; } = new();

    /// <summary>A message to read into. For one to write from, see <see cref="Rent(int)"/>.</summary>
    public ChunkMessage Rent() => _spare.TryDequeue(out var message) ? message : new(this);

    /// <summary>An empty message with memory of its own, held by the caller.</summary>
    public ChunkMessage Rent(int floats)
    {
        var message = Rent();
        message.Clear();
        message.UseOwnBuffer(floats);
        return message;
    }

    public string? Place(ChunkMessage message, int floats)
    {
        message.UseOwnBuffer(floats);
        return null;
    }

    internal void Return(ChunkMessage message) => _spare.Enqueue(message);
}
