using System.Globalization;
using Lockstep.Node.Metrics;
using Lockstep.Protos;

namespace Lockstep.Cli.Launch;

/// <summary>One live line on a terminal; elsewhere a plain line now and then.</summary>
internal sealed class ProgressLine(int globalBatch)
{
    private readonly bool _live = !Console.IsOutputRedirected;
    private readonly Lock _lock = new();
    private long _shownStep = -1, _totalSteps;
    private string _shownPhase = "";
    private DateTimeOffset _nextPlain;

    public void Show(RunStatus status)
    {
        lock (_lock)
        {
            if (status.Phase != "running")
            {
                if (status.Phase == _shownPhase) return;
                _shownPhase = status.Phase;
                if (status.Phase == "waiting") Write(status.Reason, plain: true);
                return;
            }
            _totalSteps = status.TotalSteps;
            var now = DateTimeOffset.UtcNow;
            if (status.CommittedSteps == _shownStep || status.ImagesPerSecond == 0) return;
            var last = status.CommittedSteps == status.TotalSteps;
            if (!_live && now < _nextPlain && !last) return;
            _nextPlain = now.AddSeconds(10);
            (_shownStep, _shownPhase) = (status.CommittedSteps, status.Phase);
            Write(Describe(status), plain: true);
        }
    }

    /// <summary>A line of its own, above the live one.</summary>
    public void Note(string text)
    {
        lock (_lock) Console.WriteLine((_live ? "\r\u001b[K" : "") + text);
    }

    /// <summary>The last word: where the run has come to, read from its own metrics.</summary>
    public void End(StepMetrics? last, string? text)
    {
        lock (_lock)
        {
            if (last is not null && last.Step > _shownStep)
            {
                var of = _totalSteps > 0 ? $"/{_totalSteps}" : "";
                Write(string.Create(CultureInfo.InvariantCulture, $"step {last.Step}{of}  loss {last.Loss:F4}"), plain: true);
            }
            if (_live) Console.WriteLine();
            if (text is not null) Console.WriteLine(text);
        }
    }

    private string Describe(RunStatus status)
    {
        var left = status.ImagesPerSecond > 0 ? (status.TotalSteps - status.CommittedSteps) * globalBatch / status.ImagesPerSecond : 0;
        return string.Create(CultureInfo.InvariantCulture,
            $"step {status.CommittedSteps}/{status.TotalSteps}  loss {status.Loss:F4}  {status.ImagesPerSecond:F1} img/s  data wait {100 * status.DataWaitShare:F1} %  nodes {status.Nodes.Count}{Replaced(status)}  ETA {Duration(left)}");
    }

    private static string Replaced(RunStatus status) =>
        status.Nodes.Sum(n => n.ReplacedSamples) is > 0 and var replaced ? $"  broken images replaced {replaced}" : "";

    private static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Min(seconds, 86_400 * 999));
        return time.TotalHours < 1 ? time.ToString("m\\:ss", CultureInfo.InvariantCulture) : $"{(long)time.TotalHours}:{time.ToString("mm\\:ss", CultureInfo.InvariantCulture)}";
    }

    private void Write(string text, bool plain)
    {
        if (_live) Console.Write("\r\u001b[K" + text);
        else if (plain) Console.WriteLine(text);
    }
}
