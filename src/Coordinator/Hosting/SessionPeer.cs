using System.Threading.Channels;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Hosting;

/// <summary>The coordinator's end of one session: what is to be sent, and whether the session was refused.</summary>
internal sealed class SessionPeer(int id)
{
    private readonly Channel<CoordinatorMessage> _outbox = Channel.CreateUnbounded<CoordinatorMessage>(new() { SingleReader = true });
    private volatile Rejected? _rejection;

    public int Id => id;

    /// <summary>What is to be sent; completed when the session is to be closed.</summary>
    public ChannelReader<CoordinatorMessage> Outbox => _outbox.Reader;

    /// <summary>Why the session is refused, once the outbox is completed.</summary>
    public Rejected? Rejection => _rejection;

    public void Send(CoordinatorMessage message) => _outbox.Writer.TryWrite(message);

    /// <summary>Closes the session after what was sent before.</summary>
    public void Close() => _outbox.Writer.TryComplete();

    /// <summary>Closes the session with an error.</summary>
    /// <param name="reason">Why, and what to do.</param>
    /// <param name="retry">The node may be welcome later.</param>
    public void Reject(string reason, bool retry)
    {
        _rejection ??= new(reason, retry);
        Close();
    }

    /// <summary>A refusal.</summary>
    public sealed record Rejected(string Reason, bool Retry);
}
