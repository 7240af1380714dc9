namespace Lockstep.Models.Weights;

/// <summary>An open safetensors file, checked; tensors are read one at a time. Not thread-safe.</summary>
public sealed class SafetensorsFile : IWeightsFile
{
    private readonly Stream _stream;
    private readonly long _dataStart;
    private readonly SortedDictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsFile(Stream stream, string name)
    {
        (_stream, FileName) = (stream, name);
        (var tensors, Metadata, _dataStart) = SafetensorsHeader.Read(stream, name);
        foreach (var tensor in tensors) _tensors.Add(tensor.Name, tensor);
    }

    public string FileName { get; }

    public string Format => "safetensors";

    /// <summary>The tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

    public IReadOnlyCollection<WeightTensor> Weights => _tensors.Values;

    /// <summary>The header's __metadata__; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <exception cref="InvalidDataException">The file is damaged or no safetensors file.</exception>
    public static SafetensorsFile Open(string path) => Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), path);

    /// <summary>Reads from a seekable stream, which it owns. <paramref name="name"/> is for messages.</summary>
    public static SafetensorsFile Open(Stream stream, string name)
    {
        try
        {
            return new SafetensorsFile(stream, name);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The values as float32; other real types are converted.</summary>
    public float[] Read(string name)
    {
        var values = new float[Find(name).Count];
        ReadInto(name, values);
        return values;
    }

    /// <summary>The same into memory of the right length.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor, or its size or type does not fit.</exception>
    public void ReadInto(string name, Span<float> values)
    {
        var tensor = Find(name);
        if (tensor.Count != values.Length)
            throw new InvalidDataException($"{FileName}: '{name}' has {tensor.Count} values [{string.Join(", ", tensor.Shape)}], {values.Length} are wanted");
        if (!Dtypes.IsReadable(tensor.Dtype))
            throw new InvalidDataException($"{FileName}: '{name}' is of type {tensor.Dtype}, which cannot be read as float32");
        _stream.Position = _dataStart + tensor.Begin;
        Dtypes.Read(_stream, tensor.Dtype, values);
    }

    public void Dispose() => _stream.Dispose();

    private SafetensorsTensor Find(string name) => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new InvalidDataException($"{FileName} has no tensor named '{name}'");
}
