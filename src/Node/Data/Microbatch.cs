using Lockstep.Models;

namespace Lockstep.Node.Data;

/// <summary>
/// The samples of one microbatch, ready for a lane. The buffers are pinned and belong to a pool: dispose it when they
/// have been read, and use nothing of it afterwards.
/// </summary>
public sealed class Microbatch : IDisposable
{
    private readonly MicrobatchPool _pool;
    private readonly Memory<float>[] _buffers;
    private readonly ReadOnlyMemory<float>[] _views;
    private int _taken;

    internal Microbatch(MicrobatchPool pool, IReadOnlyList<ViewSpec> views, int size)
    {
        _pool = pool;
        Size = size;
        _buffers = [.. views.Select(v => GC.AllocateUninitializedArray<float>(checked(size * 3 * v.Size * v.Size), pinned: true).AsMemory())];
        _views = Array.ConvertAll(_buffers, b => (ReadOnlyMemory<float>)b);
    }

    public long Step { get; private set; }
    public int Index { get; private set; }

    /// <summary>Samples in it: B.</summary>
    public int Size { get; }

    /// <summary>One buffer a view in the method's order: [B, 3, S, S], normalised.</summary>
    public IReadOnlyList<ReadOnlyMemory<float>> Views => _views;

    internal IReadOnlyList<Memory<float>> Buffers => _buffers;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _taken, 0) == 1) _pool.Return(this);
    }

    internal Microbatch As(long step, int index)
    {
        (Step, Index, _taken) = (step, index, 1);
        return this;
    }
}
