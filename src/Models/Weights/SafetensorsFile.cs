using System.Runtime.InteropServices;

namespace Lockstep.Models.Weights;

/// <summary>An open safetensors file, checked; tensors are read one at a time. Not thread-safe.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly long _dataStart;
    private readonly SortedDictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal);

    private SafetensorsFile(Stream stream, string name)
    {
        (_stream, _name) = (stream, name);
        (var tensors, Metadata, _dataStart) = SafetensorsHeader.Read(stream, name);
        foreach (var tensor in tensors) _tensors.Add(tensor.Name, tensor);
    }

    /// <summary>The tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors => _tensors;

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

    /// <summary>The values as float32; F64, F16, BF16, I64 and I32 are converted.</summary>
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
            throw new InvalidDataException($"{_name}: '{name}' has {tensor.Count} values [{string.Join(", ", tensor.Shape)}], {values.Length} are wanted");
        _stream.Position = _dataStart + tensor.Begin;
        if (tensor.Dtype == "F32")
        {
            _stream.ReadExactly(MemoryMarshal.AsBytes(values));
            return;
        }
        var bytes = new byte[tensor.End - tensor.Begin];
        _stream.ReadExactly(bytes);
        Convert(tensor, bytes, values);
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>Bytes a value; 0 for a type that this reader does not know.</summary>
    internal static int SizeOf(string dtype) => dtype switch
    {
        "F64" or "I64" or "U64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "I8" or "U8" or "BOOL" => 1,
        _ => 0,
    };

    private SafetensorsTensor Find(string name) => _tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new InvalidDataException($"{_name} has no tensor named '{name}'");

    private void Convert(SafetensorsTensor tensor, byte[] bytes, Span<float> values)
    {
        switch (tensor.Dtype)
        {
            case "F64":
                Each(MemoryMarshal.Cast<byte, double>(bytes), values, v => (float)v);
                break;
            case "F16":
                Each(MemoryMarshal.Cast<byte, Half>(bytes), values, v => (float)v);
                break;
            case "BF16":
                Each(MemoryMarshal.Cast<byte, ushort>(bytes), values, v => BitConverter.UInt32BitsToSingle((uint)v << 16));
                break;
            case "I64":
                Each(MemoryMarshal.Cast<byte, long>(bytes), values, v => v);
                break;
            case "I32":
                Each(MemoryMarshal.Cast<byte, int>(bytes), values, v => v);
                break;
            default:
                throw new InvalidDataException($"{_name}: '{tensor.Name}' is of type {tensor.Dtype}, which cannot be read as float32");
        }
    }

    private static void Each<T>(ReadOnlySpan<T> from, Span<float> to, Func<T, float> convert)
    {
        for (var i = 0; i < to.Length; i++) to[i] = convert(from[i]);
    }
}
