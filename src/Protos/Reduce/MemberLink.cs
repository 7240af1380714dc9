namespace Lockstep.Protos;

/// <summary>What an owner of slices knows of one member that sends to it or hears from it.</summary>
/// <param name="index">The member's node_index.</param>
/// <param name="name">Its name, for messages.</param>
/// <param name="listens">True when the sum does not depend on it.</param>
/// <param name="workAt">The microbatches of a step whose sums it may send.</param>
public sealed class MemberLink(int index, string name, bool listens, Func<long, MicrobatchSet> workAt)
{
    private int _attached;

    public int Index => index;

    public string Name => name;

    public bool Listens => listens;

    /// <summary>The sums to be sent to it.</summary>
    public ChunkQueue Sums { get; } = new();

    /// <summary>True for the first stream that asks.</summary>
    public bool TryAttach() => Interlocked.Exchange(ref _attached, 1) == 0;

    /// <summary>The microbatches whose sums it may send at a step.</summary>
    public MicrobatchSet WorkAt(long step) => workAt(step);
}
