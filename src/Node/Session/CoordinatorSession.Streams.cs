using Grpc.Core;
using Lockstep.Protos;

namespace Lockstep.Node.Session;

/// <summary>The session's two streams and its pulse.</summary>
public sealed partial class CoordinatorSession
{
    private void Post(NodeMessage message) => _outbox.Writer.TryWrite(message);

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync().ConfigureAwait(false))
                await _call.Call.RequestStream.WriteAsync(message).ConfigureAwait(false);
            await _call.Call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (IsBroken(e))
        {
            // The reading side sees the same end of the call, with its status.
            _outbox.Writer.TryComplete();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _call.Call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
                Take(_call.Call.ResponseStream.Current);
            End("it closed the session");
        }
        catch (Exception e) when (IsBroken(e))
        {
            End(e is RpcException rpc ? rpc.Status.Detail : e.Message, e);
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(HeartbeatInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false))
                Post(new() { Heartbeat = _heartbeat });
        }
        catch (OperationCanceledException)
        {
            // The session is closing.
        }
    }

    private void Take(CoordinatorMessage message)
    {
        switch (message.BodyCase)
        {
            case CoordinatorMessage.BodyOneofCase.Plan:
                _inbox.Writer.TryWrite(new Planned(message.Plan));
                break;
            case CoordinatorMessage.BodyOneofCase.Commit:
                _inbox.Writer.TryWrite(new Committed(message.Commit));
                break;
            case CoordinatorMessage.BodyOneofCase.Finish:
                Log.Finished(_logger, message.Finish.Outcome, message.Finish.Reason);
                _finished.TrySetResult(message.Finish);
                _inbox.Writer.TryWrite(new Finished(message.Finish));
                if (message.Finish.Outcome == Finish.Types.Outcome.Failed) _ = _ended.CancelAsync();
                break;
        }
    }

    private void End(string detail, Exception? cause = null)
    {
        var lost = new SessionException($"The coordinator at {Coordinator} was lost: {detail}. The committed steps are safe on this node; start the coordinator and the nodes again to resume from the last checkpoint.", cause);
        if (_finished.TrySetException(lost))
        {
            if (!_closing.IsCancellationRequested) Log.Lost(_logger, Coordinator, detail);
            _ = _ended.CancelAsync();
        }
        _inbox.Writer.TryComplete(lost);
    }

    private static bool IsBroken(Exception e) => e is RpcException or InvalidOperationException or OperationCanceledException or IOException;
}
