using System.Text.Encodings.Web;
using System.Text.Json;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;

namespace Lockstep.Node.Evaluation.Index;

/// <summary>
/// Features of images in files that other programs read: NAME.npy (float32, a row an image), NAME.tsv (file and class of each
/// row, under a heading; tabs, line ends and backslashes in names as \t, \n, \r, \\) and NAME.json (where they come from,
/// and the names once more, for search).
/// </summary>
/// <param name="Features">As the network made them, not normalised.</param>
/// <param name="Files">Name of each image, as in the folder.</param>
/// <param name="Classes">Names by label; empty if there are none.</param>
public sealed record FeatureIndex(FeatureSet Features, IReadOnlyList<string> Files, IReadOnlyList<string> Classes, IndexOrigin Origin)
{
    /// <summary>What the name of an index ends in.</summary>
    public const string Extension = ".npy";

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Class of a row, or nothing.</summary>
    public string ClassOf(int row) => Features.Labels[row] == FeatureSet.NoClass ? "" : Classes[Features.Labels[row]];

    /// <summary>Writes the three files, each whole or not at all.</summary>
    /// <param name="path">NAME.npy</param>
    public void Write(string path)
    {
        DurableFile.Publish(path, stream => NpyFile.Write(stream, Features.Values, Features.Dimension));
        DurableFile.Publish(Beside(path, ".tsv"), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("file\tclass");
            for (var row = 0; row < Features.Count; row++) writer.WriteLine($"{TsvField.Escape(Files[row])}\t{TsvField.Escape(ClassOf(row))}");
        });
        DurableFile.Publish(Beside(path, ".json"), stream => JsonSerializer.Serialize(stream, new Description(Origin, Features.Dimension, Classes, Files, Features.Labels), s_json));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A file is missing, is no such file, or they do not belong together.</exception>
    public static FeatureIndex Read(string path)
    {
        var beside = Beside(path, ".json");
        foreach (var file in (string[])[path, beside])
            if (!File.Exists(file)) throw new InvalidDataException($"there is no '{file}': an index is made by 'lockstep embed CHECKPOINT --images FOLDER --output NAME.npy', and is NAME.npy with NAME.json beside it");
        var (values, columns) = NpyFile.Read(path);
        Description? found = null;
        try
        {
            using var stream = File.OpenRead(beside);
            found = JsonSerializer.Deserialize<Description>(stream, s_json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{beside}' is not what 'lockstep embed' wrote: {e.Message}. Make the index anew.", e);
        }
        var rows = values.Length / columns;
        if (found is not { Origin: not null, Classes: not null, Files: not null, Labels: not null } description || description.Dimension != columns || description.Files.Count != rows || description.Labels.Count != rows
            || description.Labels.Any(label => label < FeatureSet.NoClass || label >= description.Classes.Count))
            throw new InvalidDataException($"'{beside}' does not belong to '{path}', which has {rows:N0} rows of {columns:N0} numbers: make the index anew with 'lockstep embed'");
        return new FeatureIndex(new FeatureSet(values, [.. description.Labels]), description.Files, description.Classes, description.Origin);
    }

    private static string Beside(string path, string extension) => Path.ChangeExtension(path, extension);

    private sealed record Description(IndexOrigin Origin, int Dimension, IReadOnlyList<string> Classes, IReadOnlyList<string> Files, IReadOnlyList<int> Labels);
}
