using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>
/// What AllReduce, PeerStream and SumArrival are in production: one member's exchange in one generation, by the real route
/// and, for the slices that it owns, the real engine.
/// </summary>
internal sealed class SimExchange : ISumListener
{
    private const double EchoGrace = 0.3;
    private readonly SimNode _node;
    private readonly ReduceRoute _route;
    private readonly int _self;
    private readonly bool _listens;
    private readonly SliceRoute[] _own;
    private readonly List<Stream> _streams = [];
    private readonly HashSet<int> _sentOwn = [];
    private readonly Dictionary<(long Step, int Offset), float[]> _early = [];
    private readonly HashSet<int> _arrived = [];
    private StepPartials? _partials;
    private PeerFault? _fault;
    private float[] _sum = [];
    private long _step;
    private bool _reducing;

    public SimExchange(SimNode node, Plan plan, int self)
    {
        (_node, _self, _route) = (node, self, ReduceRoute.Of(plan, node.World.Arithmetic.Floats));
        _listens = plan.MemberOf(self)!.Listens;
        _step = _listens ? long.MinValue : plan.FirstStep - 1;
        var mine = _route.Slices.ToLookup(slice => _route.OwnerFor(slice, self));
        _own = [.. mine[self]];
        var roots = _own.Select(slice => slice.Root).Where(root => root != self).Distinct();
        _streams.AddRange(mine.Where(owner => owner.Key != self).Select(owner => new Stream(owner.Key, [.. owner])));
        _streams.AddRange(roots.Select(root => new Stream(root, [])));
        if (_own.Length > 0) Door = new(node, ReduceGeneration.ForMember(_route, self, peer => _streams.First(stream => stream.Peer == peer).Up, this), plan) { HandOn = HandOn };
    }

    public Plan Plan => _route.Plan;

    /// <summary>The streams of others to this member's slices; null when it owns none.</summary>
    public ExchangeDoor? Door { get; }

    public bool IsOver { get; private set; }

    public long SlicesDone { get; private set; }

    /// <summary>What it is at, for the message of a failure.</summary>
    public string Describe() => $"{(IsOver ? "over" : _reducing ? "reducing" : "idle")} step {_step}: {_arrived.Count} of {_route.Slices.Length} slices, streams to {string.Join(" ", _streams.Select(stream => $"{stream.Peer}{(stream.Connection is null ? " gone" : "")}"))}";

    public void Open()
    {
        foreach (var stream in _streams)
        {
            Process? to = stream.Peer == ReduceRoute.Hub ? _node.World.Coordinator : _node.World.NodeAt(Plan.MemberOf(stream.Peer)!.Address);
            if (to is null)
            {
                _node.After(_node.World.Latency(), () => Lost(new(stream.Peer, "connection refused", IsEcho: false)));
                continue;
            }
            stream.Connection = _node.World.Connect(_node, to, new Greeting(Plan.Run, Plan.Generation, _self), message => Receive(stream, message));
        }
    }

    /// <summary>Begins a step; a member that listens sends nothing and goes on to the next by itself.</summary>
    public void Reduce(long step, StepPartials? partials)
    {
        (_step, _partials, _reducing) = (step, partials, true);
        _sum = _node.RentSum(step);
        _arrived.Clear();
        _sentOwn.Clear();
        foreach (var stream in _streams) stream.Sent.Clear();
        foreach (var key in _early.Keys.Where(key => key.Step <= step).Order().ToArray())
        {
            _early.Remove(key, out var data);
            if (key.Step == step) Place(key.Offset, data!);
        }
        if (_fault is { } fault) Fail(fault);
        else Advance();
    }

    /// <summary>Sends what has become final, and tells the node when the sum is whole.</summary>
    public void Advance()
    {
        if (IsOver || !_reducing) return;
        if (_partials is { } partials)
        {
            foreach (var stream in _streams)
            {
                foreach (var slice in stream.Slices.Where(slice => !stream.Sent.Contains(slice.Offset) && partials.IsSummed(slice.Offset, slice.Length)))
                {
                    stream.Sent.Add(slice.Offset);
                    SlicesDone++;
                    foreach (var block in partials.Blocks) stream.Connection?.Up(SliceOf(partials, slice, block));
                }
            }
            foreach (var slice in _own)
            {
                if (!_reducing || _sentOwn.Contains(slice.Offset) || !partials.IsSummed(slice.Offset, slice.Length)) continue;
                _sentOwn.Add(slice.Offset); // before it may complete the step
                foreach (var block in partials.Blocks)
                {
                    if (Door!.Add(SliceOf(partials, slice, block), null) is { } refusal && !IsOver) throw new WorldViolation($"{_node.Name}'s own part of step {_step} was refused: {refusal}");
                }
            }
        }
        if (!_reducing || _arrived.Count < _route.Slices.Length || (!_listens && _node.IsComputing)) return;
        _reducing = false;
        _node.Summed(Plan, _step, _listens, _sum);
        if (_listens && !IsOver) Reduce(_step + 1, null);
    }

    public void Stop(PeerFault? cause)
    {
        if (IsOver) return;
        IsOver = true;
        _reducing = false;
        Door?.End(cause);
        foreach (var stream in _streams) stream.Connection?.Close(_node, new("it closed the stream", IsEcho: true));
    }

    public void Lost(PeerFault fault)
    {
        if (IsOver) return;
        if (fault.IsEcho) _node.After(EchoGrace, () => Set(fault));
        else Set(fault);
    }

    public ValueTask ReceiveAsync(ChunkMessage sum)
    {
        var slice = Door!.Copy(sum);
        Arrive(slice);
        return ValueTask.CompletedTask;
    }

    private void Set(PeerFault fault)
    {
        if (IsOver || _fault is not null) return;
        _fault = fault;
        if (_reducing) Fail(fault);
    }

    private void Fail(PeerFault fault)
    {
        Stop(fault);
        _node.Post(new Node.Membership.NodeEvent.ExchangeBroke(new() { Generation = Plan.Generation, Step = _step, PeerIndex = fault.PeerIndex, Reason = fault.Reason }));
    }

    private void Receive(Stream stream, object message)
    {
        if (IsOver) return;
        if (message is Ended ended)
        {
            stream.Connection = null;
            Lost(new(ended.Culprit ?? stream.Peer, ended.Reason, ended.IsEcho));
            return;
        }
        var slice = (Slice)message;
        if (slice.Generation != Plan.Generation && !_node.World.Plant.ForgetsFences) throw new WorldViolation($"a sum of generation {slice.Generation} came on a stream of generation {Plan.Generation}");
        if (stream.Slices.Length > 0)
        {
            Arrive(slice);
            return;
        }
        // From a root: for this member's group, and itself.
        Door!.PassOn(slice);
        Advance();
    }

    private void Arrive(Slice slice)
    {
        if (_listens ? slice.Step < _step : slice.Step < _step || slice.Step > _step + 1)
        {
            if (!_listens) Lost(new(slice.NodeIndex, $"the slice is of step {slice.Step}; this node is at step {_step}", IsEcho: false));
            return;
        }
        if (slice.Step != _step || !_reducing)
        {
            if (!_early.TryAdd((slice.Step, slice.Offset), slice.Data)) throw new WorldViolation($"the sum at {slice.Offset} of step {slice.Step} came twice to {_node.Name}");
            return;
        }
        Place(slice.Offset, slice.Data);
        Advance();
    }

    private void Place(int offset, float[] data)
    {
        if (!_arrived.Add(offset)) throw new WorldViolation($"the sum at {offset} of step {_step} came twice to {_node.Name}");
        data.CopyTo(_sum, offset);
        SlicesDone++;
    }

    private Slice SliceOf(StepPartials partials, SliceRoute slice, MicrobatchBlock block) =>
        new(Plan, Plan.Generation, _step, block, slice.Offset, partials.SumOf(block, slice.Offset, slice.Length).ToArray(), _self, IsOwn: true);

    // What the engine put into the queues to other groups' owners.
    private void HandOn()
    {
        foreach (var stream in _streams.Where(stream => stream.Slices.Length == 0))
        {
            while (stream.Up.Chunks.TryRead(out var chunk)) stream.Connection?.Up(Door!.Copy(chunk));
        }
    }

    private sealed class Stream(int peer, SliceRoute[] slices)
    {
        public int Peer => peer;

        public SliceRoute[] Slices => slices;

        public ChunkQueue Up { get; } = new();

        public HashSet<int> Sent { get; } = [];

        public Connection? Connection { get; set; }
    }
}
