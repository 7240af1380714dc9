namespace Lockstep.Protos;

/// <summary>
/// A node's own part of a step's sum, as a reducer reads it: one partial sum for each aligned block of the node's work.
/// Regions of the flat buffer become final one after the other while the last microbatch is still in its backward pass, so
/// that slices can travel before it ends.
/// </summary>
public interface IStepPartials
{
    /// <summary>Length of the flat contribution buffer.</summary>
    int LengthFloats { get; }

    /// <summary>The microbatches whose sum this node sends; empty for a node that only listens.</summary>
    MicrobatchSet Work { get; }

    /// <summary>Work.Blocks: what is sent of every slice, one chunk a block.</summary>
    IReadOnlyList<MicrobatchBlock> Blocks { get; }

    /// <summary>Completes when a further region has become final. Take it before scanning with <see cref="IsSummed"/>, then wait on it.</summary>
    Task Changed { get; }

    /// <summary>True when every microbatch of the work is summed over floats [offset, offset + length).</summary>
    bool IsSummed(int offset, int length);

    /// <summary>The sum of one of <see cref="Blocks"/> over a region for which <see cref="IsSummed"/> holds. Not to be written to.</summary>
    Memory<float> SumOf(MicrobatchBlock block, int offset, int length);
}
