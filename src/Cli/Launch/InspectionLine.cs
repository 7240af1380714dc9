using System.Diagnostics;
using System.Globalization;
using Lockstep.Node.Data.Inspection;

namespace Lockstep.Cli.Launch;

/// <summary>
/// How far a check has come: one live line on a terminal; elsewhere a plain line now and then. On standard error, so that
/// standard output is the result alone.
/// </summary>
internal sealed class InspectionLine
{
    private static readonly TimeSpan LivePause = TimeSpan.FromSeconds(0.2), PlainPause = TimeSpan.FromSeconds(10);

    private readonly bool _live = !Console.IsErrorRedirected;
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _next;

    public InspectionLine() => _next = Pause;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    private TimeSpan Pause => _live ? LivePause : PlainPause;

    /// <summary>To be called by one thread at a time.</summary>
    public void Show(InspectionProgress progress)
    {
        var elapsed = Elapsed;
        if (elapsed < _next) return;
        _next = elapsed + Pause;
        var rate = progress.Done / elapsed.TotalSeconds;
        var left = TimeSpan.FromSeconds((progress.All - progress.Done) / rate);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{progress.Done:N0}/{progress.All:N0} images  {rate:F0} img/s  {progress.Bytes / 1e6 / elapsed.TotalSeconds:F0} MB/s{Faults(progress)}  ETA {(long)left.TotalHours}:{left:mm\\:ss}");
        if (_live) Console.Error.Write("\r\u001b[K" + text);
        else Console.Error.WriteLine(text);
    }

    /// <summary>Clears the live line.</summary>
    public void End()
    {
        if (_live) Console.Error.Write("\r\u001b[K");
    }

    private static string Faults(InspectionProgress progress) => progress.Faults > 0 ? $"  {progress.Faults:N0} faults" : "";
}
