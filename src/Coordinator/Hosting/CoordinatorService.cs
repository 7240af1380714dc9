using Grpc.Core;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Status;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using ControlPlane = Lockstep.Protos.Coordinator;
using GrpcStatus = Grpc.Core.Status;

namespace Lockstep.Coordinator.Hosting;

/// <summary>The service Coordinator: turns session streams into events of the run, and decisions into messages.</summary>
internal sealed class CoordinatorService(RunLoop run, SessionTable sessions, StatusFeed status, Refusals refusals) : ControlPlane.CoordinatorBase
{
    public override Task<RunStatus> GetStatus(StatusRequest request, ServerCallContext context) =>
        Task.FromResult(status.Now());

    public override async Task Session(IAsyncStreamReader<NodeMessage> requestStream, IServerStreamWriter<CoordinatorMessage> responseStream, ServerCallContext context)
    {
        if (sessions.Open() is not { } peer)
        {
            refusals.Note(RefusalKinds.Session, context.Peer, $"there are {SessionTable.Most} sessions already");
            throw new RpcException(new GrpcStatus(StatusCode.ResourceExhausted, $"the coordinator has {SessionTable.Most} sessions open, and takes no more"));
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var reading = ReadAsync(peer, requestStream, context, over.Token);
        try
        {
            await WriteAsync(peer, responseStream);
        }
        finally
        {
            await over.CancelAsync();
            await reading;
            sessions.Close(peer);
        }
        if (peer.Rejection is { } rejection)
            throw new RpcException(new GrpcStatus(rejection.Retry ? StatusCode.Aborted : StatusCode.FailedPrecondition, rejection.Reason));
    }

    private async Task ReadAsync(SessionPeer peer, IAsyncStreamReader<NodeMessage> stream, ServerCallContext context, CancellationToken ct)
    {
        var (detail, greeted) = ("it closed its session", false);
        try
        {
            if (await Greeting.ReadAsync(stream, context, refusals, ct))
            {
                if (stream.Current.BodyCase != NodeMessage.BodyOneofCase.Hello) throw Ungreeted(context, stream.Current);
                do
                {
                    run.Post(Translate(peer.Id, stream.Current));
                    greeted = true;
                }
                while (await stream.MoveNext(ct));
            }
        }
        catch (RpcException e)
        {
            detail = e.Status.Detail;
            if (greeted) Greeting.NoteUnfit(e, context, refusals);
            else peer.Reject(detail, retry: e.StatusCode == StatusCode.DeadlineExceeded);
        }
        catch (Exception e) when (e is InvalidOperationException or OperationCanceledException or IOException)
        {
            detail = e.Message;
            if (greeted) Greeting.NoteUnfit(e, context, refusals);
        }
        run.Post(new RunEvent.NodeLost(peer.Id, detail));
        peer.Close();
    }

    private RpcException Ungreeted(ServerCallContext context, NodeMessage first)
    {
        var problem = $"its session began with {first.BodyCase} instead of Hello";
        refusals.Note(RefusalKinds.Session, context.Peer, problem);
        return new(new GrpcStatus(StatusCode.InvalidArgument, problem));
    }

    private static async Task WriteAsync(SessionPeer peer, IServerStreamWriter<CoordinatorMessage> stream)
    {
        try
        {
            await foreach (var message in peer.Outbox.ReadAllAsync()) await stream.WriteAsync(message);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // The node is gone: the reading side sees it too and says so.
        }
    }

    private static RunEvent Translate(int session, NodeMessage message) => message.BodyCase switch
    {
        NodeMessage.BodyOneofCase.Hello => new RunEvent.NodeGreeted(session, message.Hello),
        NodeMessage.BodyOneofCase.Ready => new RunEvent.NodeReady(session),
        NodeMessage.BodyOneofCase.Prepared => new RunEvent.NodePrepared(session, message.Prepared),
        NodeMessage.BodyOneofCase.Failed => new RunEvent.NodeFailed(session, message.Failed.Reason),
        NodeMessage.BodyOneofCase.Leave => new RunEvent.NodeLeave(session, message.Leave.Reason),
        NodeMessage.BodyOneofCase.Heartbeat => new RunEvent.NodeHeard(session, message.Heartbeat),
        NodeMessage.BodyOneofCase.Saved => new RunEvent.NodeSaved(session),
        NodeMessage.BodyOneofCase.ReduceFailed => new RunEvent.NodeReduceFailed(session, message.ReduceFailed),
        _ => new RunEvent.NodeHeard(session, new() { Phase = "unknown" }),
    };
}
