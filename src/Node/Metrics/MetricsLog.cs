using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Posix;
using Lockstep.Protos.Curves;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Node.Metrics;

/// <summary>metrics.jsonl of a run folder: one line a committed step, never a step twice.</summary>
public sealed class MetricsLog : IDisposable
{
    public const string FileName = "metrics.jsonl";

    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _path;
    private readonly FileStream _file;
    private readonly StepHistory _history;

    private MetricsLog(string path, FileStream file, long lastStep, StepHistory history) => (_path, _file, LastStep, _history) = (path, file, lastStep, history);

    /// <summary>Step of the last line; 0 when there is none.</summary>
    public long LastStep { get; private set; }

    /// <summary>Loss and pace of all lines, thinned out. From any thread.</summary>
    public IReadOnlyList<StepPoint> History => _history.Points;

    /// <summary>Opens the log for a run that goes on after <paramref name="committedSteps"/>; later lines are removed.</summary>
    public static MetricsLog Open(string folder, long committedSteps)
    {
        var path = Path.Combine(folder, FileName);
        var history = new StepHistory(StepHistory.UsualCapacity);
        var lastStep = File.Exists(path) ? KeepOnly(path, committedSteps, history) : 0;
        return new MetricsLog(path, Appending(path), lastStep, history);
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
            throw Named(e, $"the line of step {step.Step}");
        }
        LastStep = step.Step;
        Add(_history, new(step.Step, step.Loss, step.ImagesPerSecond));
    }

    /// <summary>Waits until the disk has every line.</summary>
    /// <exception cref="IOException">The disk is full or gone; the message names the file and the remedy.</exception>
    public void Flush()
    {
        try
        {
            _file.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            throw Named(e, "its lines");
        }
    }

    public void Dispose() => _file.Dispose();

    private IOException Named(IOException e, string what) =>
        new($"{what} could not be written to '{_path}': {e.Message.TrimEnd('.')}. Free some space or mend the folder, then run again to resume.", e);

    // FileMode.Append remembers where the end was: a scribe that hung and was given up would write over the lines of the next.
    private static FileStream Appending(string path)
    {
        using (new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
            var descriptor = LibC.OpenAppending(path);
            if (descriptor < 0) throw new IOException($"'{path}' cannot be written: {Marshal.GetLastPInvokeErrorMessage()}. Mend the folder, then run again to resume.");
            return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
        }
    }

    // Removes torn lines, doubles and those of steps that are not committed. They are the last ones as a rule, and the file is only
    // cut: a long run's log has a gigabyte.
    private static long KeepOnly(string path, long committedSteps, StepHistory history)
    {
        long last = 0, cutAt = -1;
        var isCut = true;
        foreach (var (offset, line) in RawLines(path))
        {
            if (!Keeps(line, last, committedSteps))
            {
                if (cutAt < 0) cutAt = offset;
                continue;
            }
            last = StepOf(line);
            Add(history, PointOf(line));
            if (cutAt >= 0) isCut = false;
        }
        if (cutAt < 0) return last;
        if (isCut)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(cutAt);
            file.Flush(flushToDisk: true);
            return last;
        }
        DurableFile.Publish(path, file =>
        {
            var before = 0L;
            foreach (var (_, line) in RawLines(path))
            {
                if (!Keeps(line, before, committedSteps)) continue;
                before = StepOf(line);
                file.Write(line.Span);
            }
        });
        return last;
    }

    private static bool Keeps(ReadOnlyMemory<byte> line, long last, long committedSteps) => StepOf(line) is var step && step > last && step <= committedSteps;

    // One value that is no number would make none of every mean that it is in.
    private static void Add(StepHistory history, StepPoint point)
    {
        if (double.IsFinite(point.Loss) && double.IsFinite(point.ImagesPerSecond)) history.Add(point);
    }

    private static StepPoint PointOf(ReadOnlyMemory<byte> line)
    {
        var point = new StepPoint(StepOf(line), double.NaN, double.NaN);
        var reader = new Utf8JsonReader(line.Span);
        try
        {
            while (double.IsNaN(point.ImagesPerSecond) && reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1) continue;
                if (reader.ValueTextEquals("loss"u8)) point = point with { Loss = NextNumber(ref reader) };
                else if (reader.ValueTextEquals("images_per_second"u8)) point = point with { ImagesPerSecond = NextNumber(ref reader) };
            }
        }
        catch (JsonException)
        {
            // Damaged behind its step: Read leaves it out as well.
        }
        return point;
    }

    // What is not finite is written as a text.
    private static double NextNumber(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : double.NaN;

    // 0 for a line that is not whole.
    private static long StepOf(ReadOnlyMemory<byte> line)
    {
        if (!line.Span.EndsWith("}\n"u8)) return 0;
        var reader = new Utf8JsonReader(line.Span);
        try
        {
            return reader.Read() && reader.Read() && reader.ValueTextEquals("step"u8) && reader.Read() && reader.TryGetInt64(out var step) ? step : 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return 0;
        }
    }

    // With their line ends; each until the next is asked for.
    private static IEnumerable<(long Offset, ReadOnlyMemory<byte> Line)> RawLines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var buffer = new byte[1 << 16];
        var (filled, offset) = (0, 0L);
        while (file.Read(buffer, filled, buffer.Length - filled) is > 0 and var read)
        {
            filled += read;
            var start = 0;
            while (Array.IndexOf(buffer, (byte)'\n', start, filled - start) is >= 0 and var end)
            {
                yield return (offset, buffer.AsMemory(start, end + 1 - start));
                offset += end + 1 - start;
                start = end + 1;
            }
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        }
        if (filled > 0) yield return (offset, buffer.AsMemory(0, filled));
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
