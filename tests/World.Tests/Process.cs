namespace Lockstep.World.Tests;

/// <summary>A process on a host: it may be paused, killed, or die with its host. Its timers stand still with it.</summary>
internal abstract class Process(World world, string host)
{
    private readonly List<Connection> _connections = [];

    public World World => world;

    public string Host => host;

    public bool IsDead { get; private set; }

    public TimeSpan PausedUntil { get; private set; }

    public TimeSpan Born { get; } = world.Now;

    /// <summary>When something last disturbed it: a pause, a partition.</summary>
    public TimeSpan DisturbedUntil { get; set; }

    public bool IsPaused => PausedUntil > world.Now;

    /// <summary>Does something later, unless the process has died; after a pause, when that is over.</summary>
    public void After(double seconds, Action action) => world.After(seconds, () => Run(action));

    public void Pause(double seconds)
    {
        var until = world.Now + TimeSpan.FromSeconds(seconds);
        if (until > PausedUntil) PausedUntil = until;
        DisturbedUntil = PausedUntil > DisturbedUntil ? PausedUntil : DisturbedUntil;
    }

    /// <summary>Ends the process.</summary>
    /// <param name="silently">With its host: nobody is told.</param>
    public void Die(bool silently)
    {
        if (IsDead) return;
        IsDead = true;
        foreach (var connection in _connections) connection.Orphan(this, silently);
    }

    public void Own(Connection connection) => _connections.Add(connection);

    /// <summary>Somebody connects.</summary>
    public abstract void Accept(Connection connection, object greeting);

    private void Run(Action action)
    {
        if (IsDead) return;
        if (IsPaused) world.At(PausedUntil + TimeSpan.FromSeconds(world.Chance.Between(0, 0.002)), () => Run(action));
        else action();
    }
}
