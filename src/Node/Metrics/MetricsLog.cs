using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Node.Metrics;

/// <summary>metrics.jsonl of a run folder: one line a committed step, never a step twice.</summary>
public sealed class MetricsLog : IDisposable
{
    public const string FileName = "metrics.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly FileStream _file;

    private MetricsLog(FileStream file, long lastStep) => (_file, LastStep) = (file, lastStep);

    /// <summary>Step of the last line; 0 when there is none.</summary>
    public long LastStep { get; private set; }

    /// <summary>Opens the log for a run that goes on after <paramref name="committedSteps"/>; later lines are removed.</summary>
    public static MetricsLog Open(string folder, long committedSteps)
    {
        var path = Path.Combine(folder, FileName);
        var lastStep = File.Exists(path) ? KeepOnly(path, committedSteps) : 0;
        return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0), lastStep);
    }

    /// <summary>
    /// The lines of a run folder; a torn last line is left out, and so is one for a step that there is already (a scribe
    /// that was given up for dead may still have written it; it says the same).
    /// </summary>
    public static IReadOnlyList<StepMetrics> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? [.. Lines(path).Select(l => l.Metrics).DistinctBy(line => line.Step)] : [];
    }

    /// <summary>Writes a step's line.</summary>
    /// <exception cref="IOException">The disk is full or gone; the message names the file and the remedy.</exception>
    public void Write(StepMetrics step)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(step, Json);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';
        try
        {
            _file.Write(line);
        }
        catch (IOException e)
        {
            throw new IOException($"the line of step {step.Step} could not be written to '{_file.Name}': {e.Message.TrimEnd('.')}. Free some space or mend the folder, then run again to resume.", e);
        }
        LastStep = step.Step;
    }

    /// <summary>Waits until the disk has every line.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    public void Dispose() => _file.Dispose();

    private static long KeepOnly(string path, long committedSteps)
    {
        var kept = new StringBuilder();
        long last = 0;
        foreach (var (text, metrics) in Lines(path))
        {
            if (metrics.Step <= last || metrics.Step > committedSteps) continue;
            kept.Append(text).Append('\n');
            last = metrics.Step;
        }
        DurableFile.Publish(path, file => file.Write(Encoding.UTF8.GetBytes(kept.ToString())));
        return last;
    }

    private static IEnumerable<(string Text, StepMetrics Metrics)> Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        while (reader.ReadLine() is { } line)
        {
            StepMetrics? metrics = null;
            try
            {
                metrics = JsonSerializer.Deserialize<StepMetrics>(line, Json);
            }
            catch (JsonException)
            {
                // A kill in the middle of a write leaves half a line; the step is written again after the resume.
            }
            if (metrics is not null) yield return (line, metrics);
        }
    }
}
