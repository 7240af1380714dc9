using System.Collections.Concurrent;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Hosting;

/// <summary>The sessions that are open.</summary>
internal sealed class SessionTable
{
    /// <summary>More nodes than these no run has: what is beyond is somebody's mistake, or malice.</summary>
    public const int Most = 16_384;

    private readonly ConcurrentDictionary<int, SessionPeer> _peers = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _draining;
    private int _last;

    /// <summary>Null when there are too many.</summary>
    public SessionPeer? Open()
    {
        if (_peers.Count >= Most) return null;
        var peer = new SessionPeer(Interlocked.Increment(ref _last));
        _peers[peer.Id] = peer;
        return peer;
    }

    public SessionPeer? Find(int id) => _peers.GetValueOrDefault(id);

    public void SendToAll(CoordinatorMessage message)
    {
        foreach (var (_, peer) in _peers) peer.Send(message);
    }

    /// <summary>Closes every session; whoever was in it may dial again.</summary>
    public void RejectAll(string reason)
    {
        foreach (var (_, peer) in _peers) peer.Reject(reason, retry: true);
    }

    public void Close(SessionPeer peer)
    {
        peer.Close();
        _peers.TryRemove(peer.Id, out _);
        if (_draining && _peers.IsEmpty) _drained.TrySetResult();
    }

    /// <summary>Completes when no session is open any more.</summary>
    public Task DrainedAsync()
    {
        _draining = true;
        if (_peers.IsEmpty) _drained.TrySetResult();
        return _drained.Task;
    }
}
