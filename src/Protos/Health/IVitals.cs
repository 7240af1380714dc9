namespace Lockstep.Protos;

/// <summary>How a coordinator or a node is, as it sees itself. Each is null when all is well, else what is not, for people.</summary>
public interface IVitals
{
    /// <summary>Whether it has begun: until then nothing else is to be asked of it.</summary>
    string? Startup { get; }

    /// <summary>Whether it still decides things: if not, only a new process helps. Whoever waits is alive.</summary>
    string? Live { get; }

    /// <summary>Whether it takes part: a node that is in the run, a coordinator that accepts nodes.</summary>
    string? Ready { get; }
}
