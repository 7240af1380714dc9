using System.Threading.Channels;

namespace Lockstep.Protos;

/// <summary>A short queue of chunks that one stream empties. When it is full, whoever has one more waits.</summary>
public sealed class ChunkQueue
{
    // Chunks that wait for a slow line.
    private const int Queued = 16;
    private readonly Channel<ChunkMessage> _queue = Channel.CreateBounded<ChunkMessage>(Queued);

    /// <summary>The chunks to be sent; whoever reads one releases it.</summary>
    public ChannelReader<ChunkMessage> Chunks => _queue.Reader;

    /// <summary>Passes on one share of a chunk; gives it up when the stream is gone.</summary>
    public ValueTask SendAsync(ChunkMessage chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return _queue.Writer.TryWrite(chunk) ? ValueTask.CompletedTask : WaitAsync(chunk);
    }

    /// <summary>Takes no more chunks; those that wait are still sent.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Takes no more chunks and gives up those that wait.</summary>
    public void Abandon()
    {
        Complete();
        while (_queue.Reader.TryRead(out var chunk)) chunk.Release();
    }

    private async ValueTask WaitAsync(ChunkMessage chunk)
    {
        try
        {
            await _queue.Writer.WriteAsync(chunk).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            chunk.Release();
        }
    }
}
