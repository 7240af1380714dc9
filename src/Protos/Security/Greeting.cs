using Google.Protobuf;
using Grpc.Core;

namespace Lockstep.Protos.Security;

/// <summary>The first message of a stream: who does not send it in time holds no stream open.</summary>
public static class Greeting
{
    /// <summary>A stream that has said nothing for so long after its beginning is ended.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Reads the first message. Silence and excess are counted and said.</summary>
    /// <returns>False: the stream has none.</returns>
    /// <exception cref="RpcException">DeadlineExceeded: it did not come in time; ResourceExhausted: it is too long; InvalidArgument: it is none.</exception>
    public static async Task<bool> ReadAsync<T>(IAsyncStreamReader<T> stream, ServerCallContext context, Refusals refusals, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusals);
        using var late = new CancellationTokenSource(Timeout, refusals.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        try
        {
            return await stream.MoveNext(either.Token).ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            NoteUnfit(e, context, refusals);
            throw;
        }
        catch (InvalidProtocolBufferException e)
        {
            NoteUnfit(e, context, refusals);
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the first message is none of the protocol: {e.Message}"));
        }
        catch (Exception e) when (late.IsCancellationRequested && !ct.IsCancellationRequested && (e is OperationCanceledException or IOException or RpcException))
        {
            var silent = $"its {context.Method} did not greet within {Timeout.TotalSeconds:0} s";
            refusals.Note(RefusalKinds.Session, context.Peer, silent);
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, silent));
        }
    }

    /// <summary>Counts and says that a message was too long or none of the protocol's, where this is why a stream broke.</summary>
    public static void NoteUnfit(Exception broken, ServerCallContext context, Refusals refusals)
    {
        ArgumentNullException.ThrowIfNull(broken);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusals);
        if (broken is RpcException { StatusCode: StatusCode.ResourceExhausted } tooLong) refusals.Note(RefusalKinds.Message, context.Peer, tooLong.Status.Detail);
        if (broken is InvalidProtocolBufferException) refusals.Note(RefusalKinds.Message, context.Peer, $"a message of its {context.Method} is none: {broken.Message}");
    }
}
