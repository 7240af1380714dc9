using System.Threading.Channels;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The way from the reducer to one node of a generation: a short queue that the node's stream empties.</summary>
internal sealed class NodeLink(int index, MicrobatchBlock range)
{
    // Sums that wait for a slow line; when it is full, whoever completes the next one waits too.
    private const int QueuedSums = 16;
    private readonly Channel<ChunkMessage> _queue = Channel.CreateBounded<ChunkMessage>(new BoundedChannelOptions(QueuedSums) { SingleReader = true });
    private int _attached;

    /// <summary>The node's number in the run.</summary>
    public int Index => index;

    /// <summary>The microbatches that the node may send.</summary>
    public MicrobatchBlock Range => range;

    /// <summary>The sums to be sent.</summary>
    public ChannelReader<ChunkMessage> Sums => _queue.Reader;

    /// <summary>True for the first stream that asks.</summary>
    public bool TryAttach() => Interlocked.Exchange(ref _attached, 1) == 0;

    /// <summary>Passes on one share of a sum; gives it up when the node is gone.</summary>
    public async ValueTask SendAsync(ChunkMessage sum, CancellationToken ct)
    {
        try
        {
            await _queue.Writer.WriteAsync(sum, ct).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            sum.Release();
        }
    }

    /// <summary>Takes no more sums; those that wait are still sent.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Takes no more sums and gives up those that wait.</summary>
    public void Abandon()
    {
        Complete();
        while (_queue.Reader.TryRead(out var sum)) sum.Release();
    }
}
