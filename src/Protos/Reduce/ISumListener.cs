namespace Lockstep.Protos;

/// <summary>The node behind a <see cref="ReduceGeneration"/>; the coordinator has none.</summary>
public interface ISumListener
{
    /// <summary>Takes one share of a slice's whole sum and releases it. Returns once the sum has been used.</summary>
    ValueTask ReceiveAsync(ChunkMessage sum);

    /// <summary>A member's stream to this owner broke.</summary>
    void Lost(PeerFault fault);
}
