using Grpc.Core;
using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>
/// One node's exchange in one generation, for every reducer: a stream to each owner of slices that it sends to or hears
/// from, and the slices that it owns itself. See <see cref="ReduceRoute"/> for who owns what.
/// </summary>
internal sealed class AllReduce : IAllReduce, ISumListener
{
    // How long the cause of a generation's end may take to show itself after its echo.
    private static readonly TimeSpan EchoGrace = TimeSpan.FromSeconds(0.3);
    private readonly ReduceRoute _route;
    private readonly Plan _plan;
    private readonly int _self;
    private readonly PeerChannels _channels;
    private readonly SliceRoute[] _own;
    private readonly PeerStream[] _streams;
    private readonly ReduceGeneration? _engine;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource<PeerFault> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IStepPartials? _partials;
    private long _step, _sent, _received, _slicesDone;

    public AllReduce(ReduceRoute route, int self, Uri coordinator, PeerChannels channels)
    {
        (_route, _plan, _self, _channels) = (route, route.Plan, self, channels);
        var listens = _plan.MemberOf(self)!.Listens;
        Arrival = new(route, listens);
        var mine = route.Slices.ToLookup(slice => route.OwnerFor(slice, self));
        _own = [.. mine[self]];
        var roots = _own.Select(slice => slice.Root).Where(root => root != self).Distinct();
        _streams = [
            .. mine.Where(owner => owner.Key != self).Select(owner => NewStream(owner.Key, coordinator, [.. owner])),
            .. roots.Select(root => NewStream(root, coordinator, []))];
        if (_own.Length > 0) _engine = ReduceGeneration.ForMember(route, self, peer => _streams.First(stream => stream.Peer == peer).Up, this);
    }

    public long BytesSent => Interlocked.Read(ref _sent) + (_engine?.BytesSent ?? 0);

    public long BytesReceived => Interlocked.Read(ref _received) + (_engine?.BytesReceived ?? 0);

    public long SlicesDone => Interlocked.Read(ref _slicesDone);

    /// <summary>The generation that other members' streams are for; null when this node owns no slices.</summary>
    public ReduceGeneration? Engine => _engine;

    public Plan Plan => _plan;

    /// <summary>Where sums go.</summary>
    public SumArrival Arrival { get; }

    /// <summary>True when the streams have been ended.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    public string WaitsFor
    {
        get
        {
            if (Volatile.Read(ref _partials) is not { } partials || !partials.IsSummed(0, partials.LengthFloats)) return "";
            var late = default(int?);
            var slice = Arrival.FirstMissing(slice => (late = _engine?.WaitsFor(slice, _step)) is not null);
            if (slice is null && Arrival.FirstMissing(slice => _route.OwnerFor(slice, _self) != _self) is { } remote) (slice, late) = (remote, _route.OwnerFor(remote, _self));
            if (slice is null && Arrival.FirstMissing(static _ => true) is { } handedOn && handedOn.Root != _self) (slice, late) = (handedOn, handedOn.Root);
            return slice is null ? "" : $"slice {slice.Number} of {NameOf(late!.Value)}";
        }
    }

    /// <summary>Opens all streams.</summary>
    public void Open()
    {
        foreach (var stream in _streams) stream.Open();
    }

    public async Task ReduceAsync(long step, IStepPartials partials, Memory<float> sum, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(partials);
        if (sum.Length != partials.LengthFloats || sum.Length != _route.Slices[^1].Offset + _route.Slices[^1].Length)
            throw new ArgumentException($"The sum has {sum.Length} floats, the partial sums {partials.LengthFloats}, the generation {_route.Slices[^1].Offset + _route.Slices[^1].Length}.", nameof(sum));
        Volatile.Write(ref _step, step);
        Volatile.Write(ref _partials, partials);

        // All directions at once: an owner answers slice by slice, and would stop taking ours if nobody read its own.
        // An end from here is the end of the exchange from the first moment: what it cuts off is no fault of a peer.
        using var ends = ct.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), _over);
        var stopped = _over.Token;
        var arriving = Arrival.Begin(step, sum);
        IEnumerable<Task> sending = _streams.Select(stream => SendAsync(() => stream.SendAsync(step, partials, stopped)));
        var done = Task.WhenAll([arriving, .. sending, SendAsync(() => AddOwnAsync(step, partials, stopped))]);
        await Task.WhenAny(done.WaitAsync(stopped), _fault.Task).ConfigureAwait(false);
        Volatile.Write(ref _partials, null);
        if (done.IsCompletedSuccessfully) return;

        var fault = _fault.Task.IsCompletedSuccessfully ? _fault.Task.Result : null;
        var place = fault is null ? "" : PlaceOf(fault.PeerIndex);
        Stop(fault);
        await done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        if (fault is not null) throw new AllReduceException($"The sum of step {step} failed at {place}: {fault.Reason}.", fault.PeerIndex);
        if (_fault.Task.IsFaulted) await _fault.Task.ConfigureAwait(false);
        throw new OperationCanceledException($"generation {_plan.Generation} is over");
    }

    public async ValueTask DisposeAsync()
    {
        Stop(null);
        foreach (var stream in _streams) await stream.DisposeAsync().ConfigureAwait(false);
        await Arrival.Quiet.ConfigureAwait(false); // streams that others opened may still be copying: after this nobody writes to the sum
        _engine?.Dispose();
    }

    /// <summary>Ends all streams at once.</summary>
    public void Stop(PeerFault? cause)
    {
        _over.Cancel();
        Arrival.End();
        _engine?.End(cause);
        foreach (var stream in _streams) stream.Stop();
    }

    /// <summary>Takes note of a broken stream: at once, or, when its cause may lie elsewhere, after a moment.</summary>
    public void Lost(PeerFault fault)
    {
        if (IsOver) return;
        if (fault.IsEcho) _ = EchoAsync(fault);
        else _fault.TrySetResult(fault);
    }

    public async ValueTask ReceiveAsync(ChunkMessage sum)
    {
        try
        {
            if (await Arrival.CopyAsync(sum).ConfigureAwait(false) is { } refusal) Lost(new(_self, refusal, IsEcho: false));
            CountSlice();
        }
        finally
        {
            sum.Release();
        }
    }

    /// <summary>Passes the sum of a slice of this node's own, formed elsewhere, on to its group.</summary>
    public ValueTask PassOnAsync(ChunkMessage sum) => _engine!.PassOnAsync(sum);

    /// <summary>The first message of a stream, to be used again for its chunks.</summary>
    public ChunkMessage NewMessage() => new() { Run = RunTag.Of(_plan.Run), Generation = _plan.Generation, NodeIndex = _self };

    public void CountSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public void CountReceived(int bytes) => Interlocked.Add(ref _received, bytes);

    public void CountSlice() => Interlocked.Increment(ref _slicesDone);

    // On the pool, since checksums and copies take time that the caller may have better use for. A failed stream is
    // reported by itself; anything else is an error of ours.
    private async Task SendAsync(Func<Task> send)
    {
        try
        {
            await Task.Run(send).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (RpcException or OperationCanceledException))
        {
            _fault.TrySetException(e);
            throw;
        }
    }

    private Task AddOwnAsync(long step, IStepPartials partials, CancellationToken ct)
    {
        var blocks = partials.Blocks;
        return FinalSlices.ForEachAsync(_own, partials, async slice =>
        {
            foreach (var block in blocks)
            {
                var chunk = ChunkPool.Shared.Rent(slice.Length);
                (chunk.Step, chunk.Block, chunk.Offset) = (step, block, slice.Offset);
                (chunk.Run, chunk.Generation) = (RunTag.Of(_plan.Run), _plan.Generation);
                partials.SumOf(block, slice.Offset, slice.Length).CopyTo(chunk.Data);
                if (await _engine!.AddAsync(chunk).ConfigureAwait(false) is { } refusal && !IsOver) throw new InvalidOperationException($"This node's own part of step {step} was refused: {refusal}.");
            }
            CountSlice();
        }, ct);
    }

    private async Task EchoAsync(PeerFault fault)
    {
        await Task.Delay(EchoGrace, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!IsOver) _fault.TrySetResult(fault);
    }

    private string PlaceOf(int peer)
    {
        var slice = Arrival.FirstMissing(slice => _route.OwnerFor(slice, _self) == peer || slice.Root == peer || _engine?.WaitsFor(slice, _step) == peer) ?? Arrival.FirstMissing(static _ => true);
        return slice is null ? NameOf(peer) : $"slice {slice.Number} of {NameOf(peer)}";
    }

    private string NameOf(int peer) => peer == ReduceRoute.Hub ? "the coordinator" : _plan.MemberOf(peer)?.Node ?? $"node number {peer}";

    private PeerStream NewStream(int peer, Uri coordinator, SliceRoute[] slices)
    {
        if (peer == ReduceRoute.Hub) return new(peer, $"the coordinator at {coordinator}", coordinator, slices, this, _channels);
        var member = _plan.MemberOf(peer)!;
        return Uri.TryCreate(member.Address, UriKind.Absolute, out var address)
            ? new(peer, member.Node, address, slices, this, _channels)
            : throw new AllReduceException($"{member.Node} owns slices of generation {_plan.Generation}, but serves no address (it has '{member.Address}'). Give it a Node:Listen that others reach (or name the address in Node:Advertise), or use Cluster:Reducer=hub.", peer);
    }
}
