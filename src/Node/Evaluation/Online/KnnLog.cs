using System.Text.Json;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>knn.jsonl of a run folder: one line an evaluation, never a step twice.</summary>
public sealed class KnnLog
{
    public const string FileName = "knn.jsonl";
    private readonly string _path;
    private readonly Lock _writing = new();
    private volatile IReadOnlyList<KnnLine> _lines; // another list with every line

    private KnnLog(string path, IEnumerable<KnnLine> lines) => (_path, _lines) = (path, [.. lines.OrderBy(line => line.Step)]);

    /// <summary>All lines, by rising step. From any thread.</summary>
    public IReadOnlyList<KnnLine> Lines => _lines;

    /// <summary>The line of the highest step; null when there is none. From any thread.</summary>
    public KnnLine? Newest => _lines.LastOrDefault();

    /// <summary>Opens the log for a run that goes on after <paramref name="committedSteps"/>; later lines are removed.</summary>
    public static KnnLog Open(string folder, long committedSteps)
    {
        var path = Path.Combine(folder, FileName);
        var lines = Read(folder);
        var kept = lines.Where(line => line.Step <= committedSteps).ToList();
        if (File.Exists(path)) DurableFile.Publish(path, file => kept.ForEach(line => file.Write(Bytes(line))));
        return new(path, kept);
    }

    /// <summary>The lines of a run folder; a torn one is left out.</summary>
    public static IReadOnlyList<KnnLine> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<KnnLine>().DistinctBy(line => line.Step)] : [];
    }

    /// <summary>True when there is a line for the step.</summary>
    public bool Has(long step) => _lines.Any(line => line.Step == step);

    public void Write(KnnLine line)
    {
        lock (_writing)
        {
            if (Has(line.Step)) return;
            using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Bytes(line));
            _lines = [.. _lines.Append(line).OrderBy(known => known.Step)];
        }
    }

    private static byte[] Bytes(KnnLine line) => [.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n'];

    private static KnnLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<KnnLine>(line);
        }
        catch (JsonException)
        {
            return null; // a kill in the middle of a write; the step is evaluated again when the run comes there again
        }
    }
}
