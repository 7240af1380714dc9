namespace Lockstep.Coordinator.Planning;

/// <summary>
/// How many of a number of equal pieces of work each of several workers takes, so that the longest time is as short as it can
/// be, and the second longest after it, and so on: each further piece goes to whoever would finish it first. Exact. At the
/// last level there may be more workers than pieces; which of them take one is left open.
/// </summary>
/// <param name="Sure">What each worker takes in any case.</param>
/// <param name="MayTakeOneMore">Who could take one of the open pieces; each at most one.</param>
/// <param name="Open">How many pieces are left for them.</param>
internal sealed record Quota(int[] Sure, bool[] MayTakeOneMore, int Open)
{
    /// <param name="pieces">All pieces; at least <paramref name="least"/> a worker.</param>
    /// <param name="seconds">Seconds that each worker needs for a piece.</param>
    /// <param name="least">What each worker takes however slow it is.</param>
    public static Quota Of(int pieces, IReadOnlyList<double> seconds, int least)
    {
        foreach (var s in seconds)
        {
            if (!(s > 0) || !double.IsFinite(s * (pieces + 1.0))) throw new ArgumentOutOfRangeException(nameof(seconds), s, "Seconds must be positive and finite.");
        }

        var counts = new int[seconds.Count];
        var next = new PriorityQueue<int, (double Finished, int Worker)>(seconds.Count);
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = least;
            next.Enqueue(i, ((least + 1) * seconds[i], i));
        }

        // The level is when the last piece that somebody chose to take is finished.
        var level = double.NaN;
        for (var left = pieces - least * counts.Length; left > 0; left--)
        {
            next.TryDequeue(out var i, out var taken);
            level = taken.Finished;
            counts[i]++;
            next.Enqueue(i, ((counts[i] + 1) * seconds[i], i));
        }

        var sure = counts.Select((count, i) => count > least && count * seconds[i] == level ? count - 1 : count).ToArray();
        return new(sure, [.. sure.Select((count, i) => (count + 1) * seconds[i] == level)], pieces - sure.Sum());
    }

    /// <summary>What each takes when the first ones take the open pieces.</summary>
    public int[] Counts()
    {
        var open = Open;
        return [.. Sure.Select((count, i) => MayTakeOneMore[i] && open-- > 0 ? count + 1 : count)];
    }
}
