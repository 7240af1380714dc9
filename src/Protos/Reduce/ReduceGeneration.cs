using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Lockstep.Protos;

/// <summary>
/// What one owner of slices does in a generation, the coordinator as well as a node: adds blocks in tree order, hands what
/// its group summed on to the slice's root, and passes whole sums on. Each slice goes through the steps by itself.
/// </summary>
public sealed class ReduceGeneration : IDisposable
{
    private readonly Plan _plan;
    private readonly FrozenDictionary<int, MemberLink> _links;
    private readonly Func<long, SliceStation?> _stationAt;
    private readonly Func<IEnumerable<SliceStation>> _stations;
    private readonly int _self;
    private readonly ISumListener? _listener;
    private readonly CancellationTokenSource _ended = new();
    private PeerFault? _cause;
    private long _received, _sent;

    private ReduceGeneration(Plan plan, int self, IEnumerable<MemberLink> links, Func<long, SliceStation?> stationAt, Func<IEnumerable<SliceStation>> stations, ISumListener? listener)
    {
        (_plan, _self, Run, _stationAt, _stations, _listener) = (plan, self, RunTag.Of(plan.Run), stationAt, stations, listener);
        _links = links.ToFrozenDictionary(link => link.Index);
    }

    /// <summary>The run, as <see cref="RunTag"/> shortens it.</summary>
    public ulong Run { get; }

    /// <summary>Number of the membership.</summary>
    public long Generation => _plan.Generation;

    /// <summary>Cancelled when the generation is over.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>What broke the generation, if something did.</summary>
    public PeerFault? Cause => Volatile.Read(ref _cause);

    /// <summary>Floats' bytes received on the streams of others.</summary>
    public long BytesReceived => Interlocked.Read(ref _received);

    /// <summary>Floats' bytes sent on the streams of others.</summary>
    public long BytesSent => Interlocked.Read(ref _sent);

    /// <summary>The coordinator's part: every slice, wherever the members find one to begin.</summary>
    public static ReduceGeneration ForHub(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var links = plan.Members.Select(member => LinkOf(plan, member)).ToArray();
        ChunkQueue[] down = [.. links.Select(link => link.Sums)];
        var stations = new ConcurrentDictionary<long, SliceStation>();
        var create = (long _) => new SliceStation(new(plan.FirstStep, plan.Microbatches), null, down);
        return new(plan, ReduceRoute.Hub, links, offset => offset >= 0 && offset % plan.SliceFloats == 0 ? stations.GetOrAdd(offset, create) : null, () => stations.Values, null);
    }

    /// <summary>A member's part: the slices that it owns.</summary>
    /// <param name="upTo">The queue to a root of another group.</param>
    public static ReduceGeneration ForMember(ReduceRoute route, int self, Func<int, ChunkQueue> upTo, ISumListener listener)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(upTo);
        var (plan, group) = (route.Plan, route.GroupOf(self));
        var own = route.Slices.Where(slice => slice.Owners.Contains(self)).ToArray();
        var links = own.SelectMany(slice => route.Hearers(slice, self)).Distinct().ToDictionary(index => index, index => route.GroupOf(index) == group
            ? LinkOf(plan, plan.MemberOf(index)!)
            : new MemberLink(index, plan.MemberOf(index)!.Node, listens: false, Steps(plan, step => route.WorkOf(route.GroupOf(index), step))));
        var all = MicrobatchSet.Of(new MicrobatchBlock(0, plan.Microbatches));
        var (first, later) = (route.WorkOf(group, plan.FirstStep), route.WorkOf(group, plan.FirstStep + 1));
        var stations = own.ToFrozenDictionary(slice => (long)slice.Offset, slice => new SliceStation(
            slice.Root == self ? new(plan.FirstStep, all, all, slice.Length) : new(plan.FirstStep, first, later, slice.Length),
            slice.Root == self ? null : upTo(slice.Root),
            [.. route.Hearers(slice, self).Select(index => links[index].Sums)]));
        return new(plan, self, links.Values, offset => stations.GetValueOrDefault(offset), () => stations.Values, listener);
    }

    /// <summary>The link of the member that greets on a new stream; or why that stream is refused.</summary>
    public (MemberLink? Link, string? Refusal) Attach(ChunkMessage greeting)
    {
        ArgumentNullException.ThrowIfNull(greeting);
        if (greeting.Problem is { } problem) return (null, problem);
        if (greeting.Run != Run) return (null, $"run {greeting.Run:x16} is not the run of this node ({Run:x16})");
        if (greeting.Generation < _plan.Generation) return (null, $"generation {greeting.Generation} is over; this node is in generation {_plan.Generation}");
        if (greeting.Generation > _plan.Generation) return (null, $"generation {greeting.Generation} has not begun here; this is generation {_plan.Generation}");
        if (!greeting.Data.IsEmpty) return (null, "the stream did not begin with a greeting");
        if (!_links.TryGetValue(greeting.NodeIndex, out var link)) return (null, $"node number {greeting.NodeIndex} has nothing to exchange here in generation {_plan.Generation}");
        return link.TryAttach() ? (link, null) : (null, $"{link.Name} already has an exchange stream in generation {_plan.Generation}");
    }

    /// <summary>Takes a chunk off a stream. Returns null, or why it was refused. The chunk is no longer the caller's.</summary>
    public ValueTask<string?> TakeAsync(MemberLink link, ChunkMessage chunk)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(chunk);
        Interlocked.Add(ref _received, chunk.DataBytes);
        if (Check(link, chunk) is not { } refusal) return AddAsync(chunk);
        chunk.Release();
        return new(refusal);
    }

    /// <summary>Adds a block of a slice of this owner's and sends on what that completes.</summary>
    public async ValueTask<string?> AddAsync(ChunkMessage chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var station = _stationAt(chunk.Offset);
        var verdict = station is null ? new($"no slice of this reducer begins at {chunk.Offset}", null) : station.Reducer.Add(chunk);
        if (verdict.Refusal is not null) chunk.Release();
        if (verdict.Sum is not { } sum) return verdict.Refusal;

        sum.NodeIndex = station!.Up is null ? 0 : _self;
        sum.Seal();
        if (station.Up is { } up) await up.SendAsync(sum).ConfigureAwait(false);
        else await SpreadAsync(station, sum).ConfigureAwait(false);
        return null;
    }

    /// <summary>Passes on a whole sum that came from its root, and takes this node's own share of it.</summary>
    public ValueTask PassOnAsync(ChunkMessage sum)
    {
        ArgumentNullException.ThrowIfNull(sum);
        return SpreadAsync(_stationAt(sum.Offset) ?? throw new ArgumentException($"No slice begins at {sum.Offset}.", nameof(sum)), sum);
    }

    /// <summary>Counts what has gone out.</summary>
    public void CountSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    /// <summary>Says that a member's stream broke, unless the sums do not depend on it or the generation is over anyway.</summary>
    public void Lost(MemberLink link, string reason, bool isEcho)
    {
        ArgumentNullException.ThrowIfNull(link);
        link.Sums.Abandon();
        if (!link.Listens && !_ended.IsCancellationRequested) _listener?.Lost(new(link.Index, reason, isEcho));
    }

    /// <summary>A member that has not sent all it has to send of a slice at a step; null when nobody is waited for.</summary>
    public int? WaitsFor(SliceRoute slice, long step)
    {
        ArgumentNullException.ThrowIfNull(slice);
        if (_stationAt(slice.Offset)?.Reducer.FirstMissing(step) is not (>= 0 and var missing)) return null;
        var late = _links.Values.FirstOrDefault(link => link.WorkAt(step).Contains(missing));
        return late?.Index;
    }

    /// <summary>Ends the generation's streams.</summary>
    /// <param name="cause">What broke it; null when it only ended.</param>
    public void End(PeerFault? cause)
    {
        Interlocked.CompareExchange(ref _cause, cause, null);
        _ended.Cancel();
        foreach (var link in _links.Values) link.Sums.Abandon();
    }

    public void Dispose()
    {
        End(null);
        foreach (var station in _stations()) station.Reducer.Release();
    }

    private static MemberLink LinkOf(Plan plan, Member member) =>
        new(member.NodeIndex, member.Node, member.Listens, member.Listens ? _ => MicrobatchSet.Empty : Steps(plan, step => plan.WorkAt(member, step)));

    // Work differs only between the first step and all later ones.
    private static Func<long, MicrobatchSet> Steps(Plan plan, Func<long, MicrobatchSet> workAt)
    {
        var (first, later, firstStep) = (workAt(plan.FirstStep), workAt(plan.FirstStep + 1), plan.FirstStep);
        return step => step == firstStep ? first : later;
    }

    private async ValueTask SpreadAsync(SliceStation station, ChunkMessage sum)
    {
        sum.Share(station.Down.Length + (_listener is null ? 0 : 1));
        foreach (var queue in station.Down) await queue.SendAsync(sum).ConfigureAwait(false);
        if (_listener is not null) await _listener.ReceiveAsync(sum).ConfigureAwait(false);
    }

    private string? Check(MemberLink link, ChunkMessage chunk)
    {
        if (chunk.Problem is { } problem) return problem;
        if (chunk.Run != Run || chunk.Generation != _plan.Generation || chunk.NodeIndex != link.Index) return "the stream changed its run, generation or node";
        if (chunk.Data.Length > _plan.SliceFloats) return $"the chunk has {chunk.Data.Length} floats, a slice at most {_plan.SliceFloats}";
        return link.WorkAt(chunk.Step).Contains(chunk.Block) ? null : $"microbatches {chunk.Block} are not all of {link.Name}, who has {link.WorkAt(chunk.Step)}";
    }
}
