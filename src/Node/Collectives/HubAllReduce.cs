using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Collectives;

/// <summary>
/// The reducer `hub`: one stream to the coordinator, which sums every slice. It has a connection of its own, so that bulk
/// data does not delay the session's messages.
/// </summary>
public sealed partial class HubAllReduce : IAllReduce
{
    // The reducer's status may still be on its way when a write has failed.
    private static readonly TimeSpan StatusGrace = TimeSpan.FromSeconds(2);
    private readonly Uri _hub;
    private readonly Plan _plan;
    private readonly SumArrival _arrival;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ChunkMessage, ChunkMessage> _call;
    private readonly ChunkMessage _outgoing;
    private long _sent, _received;

    private HubAllReduce(Uri hub, Plan plan, int nodeIndex)
    {
        (_hub, _plan, _arrival) = (hub, plan, new(plan));
        _outgoing = new() { Run = RunTag.Of(plan.Run), Generation = plan.Generation, NodeIndex = nodeIndex };
        _channel = CoordinatorChannel.Open(hub);
        _call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(CollectiveMethods.ExchangeInto(_arrival), null, new CallOptions());
    }

    /// <summary>Opens the stream for one generation.</summary>
    /// <param name="hub">Address of the coordinator.</param>
    /// <param name="plan">The generation; its end is this object's end.</param>
    /// <param name="nodeIndex">This node's number in the run, from Welcome.</param>
    public static Task<HubAllReduce> OpenAsync(Uri hub, Plan plan, int nodeIndex, ILogger logger, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.SliceFloats);
        ct.ThrowIfCancellationRequested();
        Log.Opened(logger, hub, plan.Generation, plan.SliceFloats);
        return Task.FromResult(new HubAllReduce(hub, plan, nodeIndex));
    }

    public long BytesSent => Interlocked.Read(ref _sent);

    public long BytesReceived => Interlocked.Read(ref _received);

    public async ValueTask ReduceAsync(long step, IStepPartials partials, Memory<float> sum, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(partials);
        if (sum.Length != partials.LengthFloats) throw new ArgumentException($"The sum has {sum.Length} floats, the partial sums {partials.LengthFloats}.", nameof(sum));
        if (!partials.IsSummed(0, sum.Length)) throw new InvalidOperationException($"Not all microbatches of {partials.Work} have been added to the sum of step {step}.");

        // Both directions at once: the reducer answers slice by slice, and would stop taking ours if nobody read its own.
        _arrival.Expect(step, sum);
        var sending = SendAsync(step, partials, ct);
        var receiving = ReceiveAsync(ct);
        var first = await Task.WhenAny(sending, receiving).ConfigureAwait(false);
        if (first == sending && !sending.IsCompletedSuccessfully) await Task.WhenAny(receiving, Task.Delay(StatusGrace, CancellationToken.None)).ConfigureAwait(false);
        if (!first.IsCompletedSuccessfully) _call.Dispose();
        await Task.WhenAll(sending, receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (sending.IsCompletedSuccessfully && receiving.IsCompletedSuccessfully) return;

        _call.Dispose();
        ct.ThrowIfCancellationRequested();
        var failures = new[] { receiving, sending }.Select(task => task.Exception?.InnerException).OfType<Exception>().ToArray();
        throw new AllReduceException($"The sum of step {step} failed at the reducer {_hub}: {Cause(failures)}.", failures.FirstOrDefault());
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The stream has ended already.
        }
        _call.Dispose();
        _channel.Dispose();
    }

    private async Task SendAsync(long step, IStepPartials partials, CancellationToken ct)
    {
        _outgoing.Step = step;
        for (var offset = 0; offset < partials.LengthFloats; offset += _plan.SliceFloats)
        {
            foreach (var block in partials.Blocks)
            {
                _outgoing.Block = block;
                _outgoing.Offset = offset;
                _outgoing.Data = partials.SumOf(block, offset, Math.Min(_plan.SliceFloats, partials.LengthFloats - offset));
                _outgoing.Seal();
                await _call.RequestStream.WriteAsync(_outgoing, ct).ConfigureAwait(false);
                Interlocked.Add(ref _sent, _outgoing.DataBytes);
            }
        }
    }

    private async Task ReceiveAsync(CancellationToken ct)
    {
        while (_arrival.Missing > 0)
        {
            if (!await _call.ResponseStream.MoveNext(ct).ConfigureAwait(false)) throw new IOException("the reducer closed the stream");
            var chunk = _call.ResponseStream.Current;
            if (chunk.Problem is { } problem) throw new IOException(problem);
            Interlocked.Add(ref _received, chunk.DataBytes);
        }
    }

    // Whichever side failed first has the reason; the other only saw the stream being closed.
    private static string Cause(Exception[] failures) =>
        failures.OfType<RpcException>().FirstOrDefault(e => e.StatusCode != StatusCode.Cancelled)?.Status.Detail
        ?? failures.OfType<IOException>().FirstOrDefault()?.Message
        ?? failures.FirstOrDefault()?.Message
        ?? "the stream was closed";
}
