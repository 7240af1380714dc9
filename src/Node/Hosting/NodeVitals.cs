using Lockstep.Node.Membership;
using Lockstep.Protos;

namespace Lockstep.Node.Hosting;

/// <summary>A node's health: what its loop decided last, and when.</summary>
public sealed class NodeVitals(TimeProvider time) : IVitals
{
    private volatile MemberState? _state;
    private long _decidedAt = time.GetTimestamp();

    public string? Startup => MemberHealth.Startup(_state);

    public string? Live => MemberHealth.Live(_state, time.GetElapsedTime(Volatile.Read(ref _decidedAt)));

    public string? Ready => MemberHealth.Ready(_state);

    /// <summary>The loop has decided something.</summary>
    public void Note(MemberState state)
    {
        _state = state;
        Volatile.Write(ref _decidedAt, time.GetTimestamp());
    }
}
