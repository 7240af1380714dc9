using System.Diagnostics;
using System.Globalization;

namespace Lockstep.Cli.Launch;

/// <summary>A number that grows, on a terminal; elsewhere nothing. Gone in the end.</summary>
/// <param name="what">What is counted.</param>
/// <param name="of">How many there will be; 0 if that is not known.</param>
internal sealed class CountLine(string what, long of = 0) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);
    private readonly bool _live = !Console.IsOutputRedirected;
    private long _shown;

    public void Show(long count)
    {
        if (!_live || (_shown != 0 && Stopwatch.GetElapsedTime(_shown) < s_interval)) return;
        _shown = Stopwatch.GetTimestamp();
        Console.Write(string.Create(CultureInfo.InvariantCulture, $"\r\u001b[K{count:N0}{(of > 0 ? $" of {of:N0}" : "")} {what}"));
    }

    /// <summary>Makes room for a line of its own; the next count is shown at once.</summary>
    public void Clear()
    {
        if (_shown != 0) Console.Write("\r\u001b[K");
        _shown = 0;
    }

    public void Dispose() => Clear();
}
