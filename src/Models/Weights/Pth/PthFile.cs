using System.Text;

namespace Lockstep.Models.Weights.Pth;

/// <summary>
/// An open PyTorch file as torch.save has written them since 1.6 (a zip of data.pkl and one entry a storage). The pickle is
/// interpreted here for the few things that state dicts need, never run. Dicts within dicts give names joined by dots.
/// </summary>
public sealed class PthFile : IWeightsFile
{
    private const int MaxPickleBytes = 16 << 20, MaxDepth = 16, MaxEntries = 100_000, MaxNameLength = 500;

    private readonly Stream _stream;
    private readonly StoredZip _zip;
    private readonly SortedDictionary<string, PthTensor> _tensors = new(StringComparer.Ordinal);
    private readonly HashSet<StoredZipEntry> _checked = [];
    private int _entries;

    private PthFile(Stream stream, string name)
    {
        (_stream, FileName) = (stream, name);
        _zip = new StoredZip(stream, name);
        var folder = FindFolder();
        if (Text($"{folder}/byteorder") is { } order && order != "little") throw Fault($"its byte order is '{order}'; load it with torch and save it again on a little-endian machine");
        var root = new PickleReader(_zip.ReadAll(_zip.Entries[$"{folder}/data.pkl"], MaxPickleBytes), new PthObjects(_zip, folder, name), name).Read();
        if (root is not PickleDict dict) throw Fault("it holds no dict of tensors; save model.state_dict()");
        Collect(dict, "", 1);
    }

    public string FileName { get; }

    public string Format => "PyTorch zip";

    public IReadOnlyCollection<WeightTensor> Weights => _tensors.Values;

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <exception cref="InvalidDataException">The file is damaged, hostile, or of another format; the message says why and what to do.</exception>
    public static PthFile Open(string path) => Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), path);

    /// <summary>Reads from a seekable stream, which it owns. <paramref name="name"/> is for messages.</summary>
    public static PthFile Open(Stream stream, string name)
    {
        try
        {
            return new PthFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void ReadInto(string name, Span<float> values)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new InvalidDataException($"{FileName} has no tensor named '{name}'");
        if (tensor.Count != values.Length)
            throw new InvalidDataException($"{FileName}: '{name}' has {tensor.Count} values [{string.Join(", ", tensor.Shape)}], {values.Length} are wanted");
        if (!Dtypes.IsReadable(tensor.Dtype))
            throw new InvalidDataException($"{FileName}: '{name}' is of type {tensor.Dtype}, which cannot be read as float32");
        var view = tensor.View;
        if (_checked.Add(view.Storage.Entry)) _zip.Check(view.Storage.Entry);
        _stream.Position = view.Storage.Entry.Start + view.Offset * Dtypes.SizeOf(tensor.Dtype);
        if (view.IsContiguous) Dtypes.Read(_stream, tensor.Dtype, values);
        else
        {
            if (view.Extent > Array.MaxLength) throw new InvalidDataException($"{FileName}: '{name}' is spread over {view.Extent} values; save it as tensor.contiguous()");
            var span = new float[view.Extent];
            Dtypes.Read(_stream, tensor.Dtype, span);
            Gather(span, view, values);
        }
    }

    public void Dispose() => _stream.Dispose();

    private string FindFolder()
    {
        var pickles = _zip.Entries.Keys.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal) && n.Count(c => c == '/') == 1).ToList();
        if (pickles.Count != 1) throw Fault(pickles.Count == 0 ? "it is a zip file, but has no data.pkl" : "it has more than one data.pkl");
        var folder = pickles[0][..^"/data.pkl".Length];
        return _zip.Entries.ContainsKey($"{folder}/constants.pkl") ? throw Fault("it is a TorchScript program; save its state_dict() instead") : folder;
    }

    private string? Text(string entry) => _zip.Entries.TryGetValue(entry, out var found) ? Encoding.ASCII.GetString(_zip.ReadAll(found, 64)).Trim() : null;

    private void Collect(PickleDict dict, string path, int depth)
    {
        if (depth > MaxDepth) throw Fault($"its dicts are nested more than {MaxDepth} deep");
        foreach (var (key, value) in dict.Items)
        {
            if (++_entries > MaxEntries) throw Fault($"its dicts refer to one another so that they have more than {MaxEntries} entries");
            if (value is not (PickleDict or PthView)) continue;
            if (key is not (string or long)) throw Fault($"a key at '{path}' is neither text nor number");
            if (key is string text && path.Length + text.Length > MaxNameLength) throw Fault($"a name is longer than {MaxNameLength} characters: '{path}{text[..Math.Min(20, text.Length)]}...'");
            var name = $"{path}{key}";
            if (value is PickleDict inner) Collect(inner, name + ".", depth + 1);
            else if (!_tensors.TryAdd(name, new PthTensor(name, (PthView)value))) throw Fault($"two tensors are named '{name}'");
        }
    }

    private InvalidDataException Fault(string fault) => new($"{FileName} is not a readable PyTorch file: {fault}");

    // Row-major order of the tensor, an odometer over the strides.
    private static void Gather(ReadOnlySpan<float> span, PthView view, Span<float> values)
    {
        var index = new long[view.Shape.Count];
        long at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = span[(int)at];
            for (var d = index.Length - 1; d >= 0; d--)
            {
                at += view.Strides[d];
                if (++index[d] < view.Shape[d]) break;
                at -= view.Strides[d] * view.Shape[d];
                index[d] = 0;
            }
        }
    }
}
