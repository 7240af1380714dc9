namespace Lockstep.Simulation.Flows;

/// <summary>
/// A discrete-event simulation of messages on links. A stream sends its messages one after the other; streams that send
/// at the same time share links fairly (<see cref="FairShares"/>). A message arrives one latency after its last byte has
/// been sent. What happens is a graph of events: a moment, the arrival of a message, or the last of several events. An
/// event names only earlier ones, so nothing can wait for itself.
/// </summary>
/// <param name="bandwidth">Bytes a second of every link.</param>
/// <param name="latency">Seconds from the last byte sent to the arrival.</param>
/// <param name="shared">Bytes a second of all messages together.</param>
/// <remarks>
/// Streams that would do the same at the same time may be one stream with copies: it uses so many times its rate on a
/// link, and one link stands for the equal links of all copies. So symmetric clusters of any size cost a few streams.
/// </remarks>
public sealed class FlowNetwork(double bandwidth, double latency, double shared = double.PositiveInfinity)
{
    // Events that rounding alone has put apart happen together, and what is sent in less than the clock can tell is sent.
    private const double Tolerance = 1e-10, ClockTolerance = 1e-13;
    private readonly List<Happening> _events = [];
    private readonly List<Stream> _streams = [];
    private readonly List<Stream> _sending = [];
    private readonly PriorityQueue<int, (double Time, int Event)> _timers = new();
    private readonly FairShares _shares = new(shared);
    private double _now;
    private bool _changed;

    /// <summary>A link of its own: one direction of a node's line.</summary>
    public int AddLink() => _shares.AddLink(bandwidth);

    /// <summary>A stream over an up link and a down link, with the copies of it that each of them carries and that there are in all.</summary>
    public int AddStream(int up, int upCopies, int down, int downCopies, long copies = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(upCopies);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(downCopies);
        _streams.Add(new(new FlowPath(up, upCopies, down, downCopies, copies)));
        return _streams.Count - 1;
    }

    /// <summary>An event at a moment.</summary>
    public int At(double time)
    {
        var id = Add(waitsFor: 1);
        _timers.Enqueue(id, (time, id));
        return id;
    }

    /// <summary>An event that happens with the last of others.</summary>
    public int All(IReadOnlyCollection<int> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        if (others.Count == 0) return At(0);
        var id = Add(others.Count);
        foreach (var other in others) _events[other].Then.Add(id);
        return id;
    }

    /// <summary>The arrival of a message that is sent after an event and after the stream's earlier messages.</summary>
    public int Send(int stream, double bytes, int after)
    {
        var departure = Add(waitsFor: 1);
        _events[after].Then.Add(departure);
        var arrival = Add(waitsFor: 1);
        var message = new Message(bytes, arrival);
        (_events[departure].Starts, _events[departure].On) = (message, _streams[stream]);
        _streams[stream].Messages.Enqueue(message);
        return arrival;
    }

    /// <summary>Lets everything happen; seconds until the last event.</summary>
    public double Run()
    {
        while (true)
        {
            Fire();
            if (_changed) _shares.Divide(_sending);
            _changed = false;
            var next = _timers.TryPeek(out _, out var timer) ? timer.Time : double.PositiveInfinity;
            foreach (var stream in _sending) next = Math.Min(next, _now + stream.Left / stream.Rate);
            if (double.IsPositiveInfinity(next)) return _now;
            Advance(Math.Max(next, _now));
        }
    }

    /// <summary>When an event happened, seconds.</summary>
    public double TimeOf(int id) => _events[id].Happened ? _events[id].Time : double.NaN;

    private int Add(int waitsFor)
    {
        _events.Add(new(waitsFor));
        return _events.Count - 1;
    }

    private void Advance(double next)
    {
        var elapsed = next - _now;
        _now = next;
        for (var i = _sending.Count - 1; i >= 0; i--)
        {
            var stream = _sending[i];
            stream.Left -= stream.Rate * elapsed;
            if (stream.Left > Math.Max(Tolerance * stream.Messages.Peek().Bytes, ClockTolerance * _now * stream.Rate)) continue;
            var sent = stream.Messages.Dequeue();
            _timers.Enqueue(sent.Arrival, (_now + latency, sent.Arrival));
            _sending.RemoveAt(i);
            _changed = true;
            Begin(stream);
        }
    }

    private void Fire()
    {
        while (_timers.TryPeek(out var id, out var timer) && timer.Time <= _now * (1 + Tolerance)) Settle(_timers.Dequeue());
    }

    // One thing that the event waited for is there; when it was the last, the event happens.
    private void Settle(int id)
    {
        var pending = new Stack<int>([id]);
        while (pending.TryPop(out var current))
        {
            var happening = _events[current];
            if (--happening.WaitsFor > 0) continue;
            (happening.Happened, happening.Time) = (true, _now);
            if (happening.Starts is { } message)
            {
                message.Ready = true;
                Begin(happening.On!);
            }
            foreach (var next in happening.Then) pending.Push(next);
        }
    }

    private void Begin(Stream stream)
    {
        if (!stream.Messages.TryPeek(out var head) || !head.Ready || head.Started) return;
        head.Started = true;
        stream.Left = head.Bytes;
        _sending.Add(stream);
        _changed = true;
    }

    private sealed class Happening(int waitsFor)
    {
        public int WaitsFor = waitsFor;
        public bool Happened;
        public double Time;
        public Message? Starts;
        public Stream? On;
        public List<int> Then { get; } = [];
    }

    private sealed class Message(double bytes, int arrival)
    {
        public bool Ready, Started;

        public double Bytes => bytes;

        public int Arrival => arrival;
    }

    private sealed class Stream(FlowPath path) : Flow(path)
    {
        public Queue<Message> Messages { get; } = new();

        public double Left;
    }
}
