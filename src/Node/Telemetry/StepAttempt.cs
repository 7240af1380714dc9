namespace Lockstep.Node.Telemetry;

/// <summary>What a node did for a step in one generation. Times are timestamps of the time provider.</summary>
internal sealed class StepAttempt(long generation, long from)
{
    private readonly List<(string Name, long From, long To, bool Cut)> _parts = [];

    public long Generation => generation;

    public long From => from;

    /// <summary>When it ended; 0 while it goes on.</summary>
    public long To { get; private set; }

    /// <summary>Why it came to nothing; null when it did not.</summary>
    public (string Type, string Text)? Failure { get; private set; }

    public IReadOnlyList<(string Name, long From, long To, bool Cut)> Parts => _parts;

    public void Add(string name, long partFrom, long partTo, bool cut = false) => _parts.Add((name, Math.Max(partFrom, from), partTo, cut));

    public void Fail(string type, string text, long now) => (Failure, To) = ((type, text), now);

    public void End(long now) => (Failure, To) = (null, now);
}
