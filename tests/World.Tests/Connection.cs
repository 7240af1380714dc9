namespace Lockstep.World.Tests;

/// <summary>
/// A connection between two processes: messages arrive in order, late, or not at all. Its end is the last thing that either
/// side hears of it, as an <see cref="Ended"/>; a side that ends it hears nothing more.
/// </summary>
internal sealed class Connection
{
    private readonly Lane _up, _down;
    private readonly World _world;
    private bool _accepted;

    public Connection(World world, Process client, Process server)
    {
        (_world, Client, Server) = (world, client, server);
        (_up, _down) = (new(world, client, server, ReceiveUp), new(world, server, client, message => ToClient(message)));
        client.Own(this);
        server.Own(this);
        world.Connections.Add(this);
    }

    public Process Client { get; }

    public Process Server { get; }

    public Action<object> ToClient { get; set; } = static _ => { };

    public Action<object> ToServer { get; set; } = static _ => { };

    public bool IsOver => _up.IsDead && _down.IsDead;

    public bool IsAccepted => _accepted;

    /// <summary>From the client to the server.</summary>
    public void Up(object message) => _up.Send(message);

    /// <summary>From the server to the client.</summary>
    public void Down(object message) => _down.Send(message);

    /// <summary>One side ends it in good order: what it sent before arrives.</summary>
    public void Close(Process side, Ended ended)
    {
        var (own, other) = side == Client ? (_up, _down) : (_down, _up);
        own.SendLast(ended);
        other.Kill();
    }

    /// <summary>Reset: both sides hear of it, each in its time; some of what was on its way is lost.</summary>
    public void Break()
    {
        var reset = new Ended("connection reset", IsEcho: false);
        _up.Reset(reset);
        _down.Reset(reset);
    }

    /// <summary>Nothing goes one way any more, and nobody is told.</summary>
    public void Silence(bool up)
    {
        if (up) _up.Silence();
        else _down.Silence();
    }

    /// <summary>One side's process has died.</summary>
    public void Orphan(Process dead, bool silently)
    {
        var (own, other) = dead == Client ? (_up, _down) : (_down, _up);
        other.Kill();
        if (!silently)
        {
            own.SendLast(new("connection reset by peer", IsEcho: false));
            return;
        }
        own.Silence();
        _world.After(30, () => own.Reset(new("keepalive timed out", IsEcho: false)));
    }

    private void ReceiveUp(object message)
    {
        if (_accepted)
        {
            ToServer(message);
            return;
        }
        _accepted = true;
        if (message is not Ended) Server.Accept(this, message);
    }

    private sealed class Lane(World world, Process from, Process to, Action<object> deliver)
    {
        private readonly Queue<(object Message, TimeSpan Ready)> _messages = [];
        private TimeSpan _last;
        private bool _pumping, _ended, _silent;

        public bool IsDead { get; private set; }

        public void Send(object message)
        {
            if (_ended || _silent || IsDead) return;
            Enqueue(message, world.Latency());
        }

        public void SendLast(Ended ended)
        {
            Send(ended);
            _ended = true;
        }

        public void Reset(Ended ended)
        {
            if (IsDead || (_ended && !_silent)) return;
            var kept = _messages.Take(world.Chance.Below(_messages.Count + 1)).ToArray();
            _messages.Clear();
            foreach (var message in kept) _messages.Enqueue(message);
            Enqueue(ended, world.Chance.Between(0, 0.08));
            _ended = true;
        }

        public void Silence()
        {
            _messages.Clear();
            _silent = true;
        }

        public void Kill()
        {
            _messages.Clear();
            IsDead = _ended = true;
        }

        private void Enqueue(object message, double delay)
        {
            var ready = world.Now + TimeSpan.FromSeconds(delay);
            _last = ready > _last ? ready : _last;
            _messages.Enqueue((message, _last));
            if (!_pumping) Pump(_last);
        }

        private void Pump(TimeSpan at)
        {
            _pumping = true;
            world.At(at, Deliver);
        }

        private void Deliver()
        {
            _pumping = false;
            if (to.IsDead) Kill();
            if (!_messages.TryPeek(out var head)) return;
            var wait = head.Ready;
            if (to.IsPaused) wait = to.PausedUntil + TimeSpan.FromSeconds(world.Chance.Between(0, 0.002));
            else if (world.BlockedUntil(from.Host, to.Host) is { } open && open > world.Now) wait = open + TimeSpan.FromSeconds(world.Latency());
            if (wait > world.Now)
            {
                Pump(wait);
                return;
            }
            _messages.Dequeue();
            if (head.Message is Ended) IsDead = true;
            deliver(head.Message);
            if (_messages.TryPeek(out var next) && !_pumping) Pump(next.Ready > world.Now ? next.Ready : world.Now);
        }
    }
}
