using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Protos;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>A member's stream to an owner, written by hand.</summary>
internal sealed class RawStream : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ChunkMessage, ChunkMessage> _call;

    public RawStream(Uri owner)
    {
        _channel = GrpcChannel.ForAddress(owner);
        _call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(CollectiveMethods.Exchange, null, new CallOptions());
    }

    /// <summary>A greeting, or a chunk when there is data.</summary>
    public static ChunkMessage Message(Plan plan, int member, MicrobatchBlock block = default, long offset = 0, float[]? data = null)
    {
        var message = new ChunkMessage { Run = RunTag.Of(plan.Run), Generation = plan.Generation, NodeIndex = member, Step = plan.FirstStep, Block = block, Offset = offset, Data = data };
        message.Seal();
        return message;
    }

    public async Task SendAsync(ChunkMessage message)
    {
        try
        {
            await _call.RequestStream.WriteAsync(message).WaitAsync(TestRun.Limit);
        }
        catch (RpcException)
        {
            // The owner was quick to answer; EndAsync says what.
        }
    }

    public async Task<ChunkMessage> ReceiveAsync() =>
        await _call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TestRun.Limit) ? _call.ResponseStream.Current : throw new InvalidOperationException("the stream ended");

    /// <summary>The status that the owner ends the stream with.</summary>
    public async Task<Status> EndAsync()
    {
        while (true)
        {
            try
            {
                if (!await _call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(TestRun.Limit)) return _call.GetStatus();
            }
            catch (RpcException e)
            {
                return e.Status;
            }
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }
}
