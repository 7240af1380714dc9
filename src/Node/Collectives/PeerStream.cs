using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>
/// This node's stream to one owner of slices: partial sums there, whole sums back.
/// </summary>
/// <param name="peer">The owner's node_index; <see cref="ReduceRoute.Hub"/> for the coordinator.</param>
/// <param name="slices">What this node sends there of its own; empty when it hands on what its group summed.</param>
/// <param name="host">The exchange that the stream is a part of.</param>
/// <param name="channels">Where its connection comes from.</param>
internal sealed class PeerStream(int peer, string name, Uri address, SliceRoute[] slices, AllReduce host, PeerChannels channels) : IChunkSink, IAsyncDisposable
{
    // The reducer's status may still be on its way when a write has failed.
    private static readonly TimeSpan StatusGrace = TimeSpan.FromSeconds(0.5);
    private readonly GrpcChannel _channel = channels.Rent(address);
    private readonly ChunkMessage _outgoing = host.NewMessage();
    private AsyncDuplexStreamingCall<ChunkMessage, ChunkMessage>? _call;
    private Task _greeting = Task.CompletedTask, _receiving = Task.CompletedTask, _handingOn = Task.CompletedTask;
    private bool _placed;
    private volatile bool _broke;

    public int Peer => peer;

    public string Name => name;

    /// <summary>What this node's group has summed of the owner's slices.</summary>
    public ChunkQueue Up { get; } = new();

    /// <summary>Opens the stream. Sums are taken from now on.</summary>
    public void Open()
    {
        _call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(CollectiveMethods.ExchangeInto(this), null, new CallOptions());
        _greeting = WriteAsync(_outgoing, CancellationToken.None).AsTask();
        _receiving = Task.Run(ReceiveAsync);
        if (slices.Length == 0) _handingOn = Task.Run(HandOnAsync);
    }

    /// <summary>Sends this node's part of a step, each slice when it is final.</summary>
    public async Task SendAsync(long step, IStepPartials partials, CancellationToken ct)
    {
        var blocks = partials.Blocks;
        if (slices.Length == 0 || blocks.Count == 0) return;
        await _greeting.ConfigureAwait(false);
        await FinalSlices.ForEachAsync(slices, partials, slice => SendAsync(step, partials, blocks, slice, ct), ct).ConfigureAwait(false);
    }

    /// <summary>Ends the stream; the owner sees it at once.</summary>
    public void Stop()
    {
        Up.Abandon();
        try
        {
            _ = _call?.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The stream has ended already, or a write is in progress.
        }
        _call?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_greeting, _receiving, _handingOn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        channels.Return(address, _channel, works: !_broke);
    }

    public ChunkMessage Rent() => ChunkPool.Shared.Rent();

    public string? Place(ChunkMessage message, int floats)
    {
        _placed = false;
        if (host.Arrival.Check(message, floats) is { } fault) return fault;
        if (slices.Length > 0 && (_placed = host.Arrival.TryPlace(message, out var place, out var refusal)))
        {
            message.Data = place;
            return refusal;
        }
        return ChunkPool.Shared.Place(message, floats);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(long step, IStepPartials partials, IReadOnlyList<MicrobatchBlock> blocks, SliceRoute slice, CancellationToken ct)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            _outgoing.Step = step;
            _outgoing.Block = blocks[i];
            _outgoing.Offset = slice.Offset;
            _outgoing.Data = partials.SumOf(blocks[i], slice.Offset, slice.Length);
            _outgoing.Seal();
            await WriteAsync(_outgoing, ct).ConfigureAwait(false);
            host.CountSent(_outgoing.DataBytes);
        }
        host.CountSlice();
    }

    private async Task HandOnAsync()
    {
        try
        {
            await _greeting.ConfigureAwait(false);
            while (await Up.Chunks.WaitToReadAsync().ConfigureAwait(false))
            {
                while (Up.Chunks.TryRead(out var chunk))
                {
                    var bytes = chunk.DataBytes;
                    try
                    {
                        await WriteAsync(chunk, CancellationToken.None).ConfigureAwait(false);
                    }
                    finally
                    {
                        chunk.Release();
                    }
                    host.CountSent(bytes);
                }
            }
        }
        catch (Exception e) when (e is RpcException or ChannelClosedException)
        {
            // WriteAsync has said why.
        }
        finally
        {
            Up.Abandon();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAsync(ChunkMessage chunk, CancellationToken ct)
    {
        try
        {
            await _call!.RequestStream.WriteAsync(chunk, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            if (!ct.IsCancellationRequested && !host.IsOver) await Task.WhenAny(_receiving, Task.Delay(StatusGrace, CancellationToken.None)).ConfigureAwait(false);
            if (!_receiving.IsCompleted) Lost(new(peer, $"sending to {name} failed: {e.Message}", IsEcho: false)); // else it has said why
            throw new RpcException(new Status(StatusCode.Aborted, e.Message));
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await _call!.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
            {
                var chunk = _call.ResponseStream.Current;
                if (await TakeAsync(chunk).ConfigureAwait(false) is not { } problem) continue;
                Lost(new(peer, problem, IsEcho: false));
                Stop();
                return;
            }
            host.Lost(new(peer, "it closed the stream", IsEcho: true));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Aborted or StatusCode.FailedPrecondition)
        {
            host.Lost(FaultOf(e)); // the owner's own words: they came over a connection that works
        }
        catch (RpcException e)
        {
            Lost(FaultOf(e));
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException)
        {
            Lost(new(peer, e.Message, IsEcho: false));
        }
    }

    // What ends because this node ends it says nothing about the connection.
    private void Lost(PeerFault fault)
    {
        _broke |= !host.IsOver;
        host.Lost(fault);
    }

    private async ValueTask<string?> TakeAsync(ChunkMessage chunk)
    {
        var (problem, offset, placed) = (chunk.Problem, chunk.Offset, _placed);
        host.CountReceived(chunk.DataBytes);
        if (problem is null && slices.Length == 0)
        {
            await host.PassOnAsync(chunk).ConfigureAwait(false);
            return null;
        }
        if (problem is null && !placed) problem = await host.Arrival.CopyAsync(chunk).ConfigureAwait(false);
        chunk.Release();
        if (problem is null && placed) host.Arrival.Arrived(offset);
        if (problem is null) host.CountSlice();
        return problem;
    }

    // An owner whose generation broke or ended says so, and at whom it broke.
    private PeerFault FaultOf(RpcException e)
    {
        var culprit = e.Trailers.FirstOrDefault(entry => entry.Key == ExchangeServer.PeerTrailer)?.Value;
        return int.TryParse(culprit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var other)
            ? new(other, $"{name} says: {e.Status.Detail}", IsEcho: false)
            : new(peer, e.Status.Detail, IsEcho: e.StatusCode == StatusCode.Aborted);
    }
}
