using System.Collections.Concurrent;
using Lockstep.Models;

namespace Lockstep.Node.Data;

/// <summary>Buffers of microbatches that are used again. As many exist as were ever in use at once.</summary>
internal sealed class MicrobatchPool(IReadOnlyList<ViewSpec> views, int size)
{
    private readonly ConcurrentBag<Microbatch> _free = [];

    public Microbatch Rent(long step, int index) =>
        (_free.TryTake(out var free) ? free : new Microbatch(this, views, size)).As(step, index);

    public void Return(Microbatch microbatch) => _free.Add(microbatch);
}
