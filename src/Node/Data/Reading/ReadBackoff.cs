namespace Lockstep.Node.Data.Reading;

/// <summary>When a read that failed is tried again. No chance in it: a mount that comes back is found within 5 s.</summary>
internal static class ReadBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.1), Longest = TimeSpan.FromSeconds(5);

    /// <summary>The pause before the next attempt: 0.1 s, doubling to 5 s, and the last one at the very end; null when patience has run out.</summary>
    /// <param name="failures">Attempts that have failed, from 1.</param>
    /// <param name="failingFor">Time since the first one.</param>
    /// <param name="patience">How long is retried.</param>
    public static TimeSpan? PauseAfter(int failures, TimeSpan failingFor, TimeSpan patience)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(failures);
        if (failingFor >= patience) return null;
        var pause = First * Math.Pow(2, Math.Min(failures - 1, 30));
        if (pause > Longest) pause = Longest;
        var left = patience - failingFor;
        return pause < left ? pause : left;
    }
}
