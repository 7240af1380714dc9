namespace Lockstep.Protos;

/// <summary>
/// The flat buffers of partial sums: microbatch m's buffer holds the sum of whatever block begins at m, segment by
/// segment. One that holds nothing more serves the next microbatch. Not thread-safe.
/// </summary>
internal sealed class PartialBuffers(int microbatches, int lengthFloats)
{
    private readonly float[]?[] _buffers = new float[microbatches][];
    private readonly int[] _segments = new int[microbatches]; // how many lie in each
    private readonly Stack<float[]> _spare = new(microbatches);

    /// <summary>The buffer of sums that begin at a microbatch; it must hold something.</summary>
    public float[] this[int first] => _buffers[first] ?? throw new InvalidOperationException($"No partial sum begins at microbatch {first}.");

    /// <summary>Takes note that one more segment lies, or is about to lie, in a microbatch's buffer.</summary>
    public float[] Use(int first)
    {
        _segments[first]++;
        return _buffers[first] ??= _spare.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<float>(lengthFloats, pinned: true);
    }

    /// <summary>A segment has left a microbatch's buffer, and nobody reads it there any more.</summary>
    public void Leave(int first)
    {
        if (--_segments[first] == 0) Spare(first);
    }

    /// <summary>Every segment has left every buffer.</summary>
    public void Clear()
    {
        for (var first = 0; first < _buffers.Length; first++) Spare(first);
        Array.Clear(_segments);
    }

    private void Spare(int first)
    {
        if (_buffers[first] is { } buffer) _spare.Push(buffer);
        _buffers[first] = null;
    }
}
