using Lockstep.Coordinator.Membership;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The reducer `hub`: holds the sums of the current generation, if there is one.</summary>
internal sealed class ReduceHub
{
    private volatile ReduceGeneration? _current;
    private long _receivedBefore, _sentBefore;

    /// <summary>The generation whose chunks are taken.</summary>
    public ReduceGeneration? Current => _current;

    /// <summary>Floats' bytes received in all generations.</summary>
    public long BytesReceived => Interlocked.Read(ref _receivedBefore) + (_current?.BytesReceived ?? 0);

    /// <summary>Floats' bytes sent in all generations.</summary>
    public long BytesSent => Interlocked.Read(ref _sentBefore) + (_current?.BytesSent ?? 0);

    /// <summary>Takes chunks of this generation, and of no other.</summary>
    public void Begin(ReduceShape shape)
    {
        End();
        _current = new(shape);
    }

    /// <summary>Takes chunks of this step, and of no earlier one.</summary>
    public void Advance(long step) => _current?.Advance(step);

    /// <summary>Ends the generation's streams.</summary>
    public void End()
    {
        if (_current is not { } ended) return;
        _current = null;
        Interlocked.Add(ref _receivedBefore, ended.BytesReceived);
        Interlocked.Add(ref _sentBefore, ended.BytesSent);
        ended.Dispose();
    }
}
