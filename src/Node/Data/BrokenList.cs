using System.Text;

namespace Lockstep.Node.Data;

/// <summary>
/// The broken files of a run, listed in its folder: broken/NODE.tsv, one file a node, since appending to a shared file is
/// not safe on network disks. What any node has listed, in this start of the run or an earlier one, is not listed again
/// (two nodes that find a file at the same moment may both do so). Not thread-safe.
/// </summary>
/// <param name="runFolder">The run's folder.</param>
/// <param name="node">Name of this node.</param>
/// <param name="warn">Hears once when the list cannot be written; the run goes on.</param>
public sealed class BrokenList(string runFolder, string node, Action<string> warn)
{
    public const string FolderName = "broken";

    private const string Header = "name\treason\n";

    private readonly string _folder = Path.Combine(runFolder, FolderName);
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, long> _readTo = [];
    private bool _failed;

    /// <summary>This node's list.</summary>
    public string FilePath => Path.Combine(_folder, Uri.EscapeDataString(node) + ".tsv");

    /// <summary>Lists a broken file, unless it is listed already.</summary>
    /// <returns>False when it was.</returns>
    public bool Add(string name, string reason)
    {
        var field = TsvField.Escape(name);
        if (_failed) return _names.Add(field);
        try
        {
            Directory.CreateDirectory(_folder);
            foreach (var path in Directory.EnumerateFiles(_folder, "*.tsv")) ReadOn(path);
            if (!_names.Add(field)) return false;
            Append($"{field}\t{TsvField.Escape(reason)}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failed = true;
            warn($"broken images cannot be listed in '{_folder}': {e.Message.TrimEnd('.')}. The log names them.");
            return _names.Add(field);
        }
        return true;
    }

    // Names that other nodes, or this one before a restart, have added since the last look. A line that is being written,
    // or that a kill tore, has no end.
    private void ReadOn(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var from = _readTo.GetValueOrDefault(path);
        if (file.Length <= from) return;
        file.Position = from;
        var bytes = new byte[file.Length - from];
        file.ReadExactly(bytes);
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        var lines = Encoding.UTF8.GetString(bytes, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines.Skip(from == 0 ? 1 : 0)) _names.Add(line.Split('\t')[0]); // the first is the header
        _readTo[path] = from + whole;
    }

    private void Append(string line)
    {
        using var file = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var end = _readTo.GetValueOrDefault(FilePath); // cuts off what a kill tore
        if (end == 0) line = Header + line;
        var bytes = Encoding.UTF8.GetBytes(line);
        file.SetLength(end);
        file.Position = end;
        file.Write(bytes);
        _readTo[FilePath] = end + bytes.Length;
    }
}
