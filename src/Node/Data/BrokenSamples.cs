namespace Lockstep.Node.Data;

/// <summary>
/// The record of broken files that the workers of a node share: names each once, counts, and stops a run whose data is
/// mostly rubbish. Thread-safe.
/// </summary>
/// <param name="maxShare">Part of the samples seen that may be broken, 0 to 1.</param>
/// <param name="log">Is told of each broken file once.</param>
public sealed class BrokenSamples(double maxShare, BrokenSampleLog? log = null)
{
    // A share of fewer samples says nothing.
    private const int SeenBeforeShareCounts = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _files = [];
    private long _seen;
    private int _replaced;

    /// <summary>Places in the order that another sample has taken.</summary>
    public int Replaced => Volatile.Read(ref _replaced);

    /// <summary>Different files found broken.</summary>
    public int Files
    {
        get
        {
            lock (_lock) return _files.Count;
        }
    }

    /// <summary>Notes that the sample of a place in the order was read, or its substitute.</summary>
    /// <exception cref="DataException">More than the allowed share was replaced.</exception>
    public void Seen() => Check(Interlocked.Increment(ref _seen), Replaced);

    /// <summary>Notes that the sample of a place in the order was replaced.</summary>
    /// <exception cref="DataException">More than the allowed share was.</exception>
    public void Replace() => Check(Interlocked.Read(ref _seen) + 1, Interlocked.Increment(ref _replaced));

    /// <summary>Notes a broken file.</summary>
    public void Name(int index, string name, string reason)
    {
        lock (_lock)
        {
            if (_files.Add(index)) log?.Invoke(name, reason);
        }
    }

    private void Check(long seen, int replaced)
    {
        if (seen >= SeenBeforeShareCounts && replaced > maxShare * seen)
            throw new DataException($"{replaced} of {seen} images were broken, more than the share of {maxShare} that is allowed. Raise Data:MaxBrokenShare to resume without them; or mend the files that the log names and begin a new run with Run:Folder=...");
    }
}
