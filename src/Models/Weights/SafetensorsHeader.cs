using System.Buffers.Binary;
using System.Text.Json;

namespace Lockstep.Models.Weights;

/// <summary>Reads and checks a safetensors header. Every fault is an <see cref="InvalidDataException"/> naming file and fault.</summary>
internal static class SafetensorsHeader
{
    private const long MaxHeaderBytes = 100_000_000; // as in the safetensors library

    public static (IReadOnlyList<SafetensorsTensor> Tensors, IReadOnlyDictionary<string, string> Metadata, long DataStart) Read(Stream stream, string file)
    {
        if (stream.Length < 8) throw Fault(file, $"it has {stream.Length} bytes, too few for a header");
        var prefix = new byte[8];
        stream.Position = 0;
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes) throw Fault(file, $"its header claims {length} bytes, more than {MaxHeaderBytes}");
        if ((long)length > stream.Length - 8) throw Fault(file, $"its header claims {length} bytes but only {stream.Length - 8} follow: it was cut short");

        var header = new byte[length];
        stream.ReadExactly(header);
        var dataStart = 8 + (long)length;
        try
        {
            using var json = JsonDocument.Parse(header);
            var (tensors, metadata) = Parse(json.RootElement);
            CheckOffsets(tensors, stream.Length - dataStart, file);
            return (tensors, metadata, dataStart);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"{file} is not a readable safetensors file: bad header, {e.Message}", e);
        }
    }

    private static (List<SafetensorsTensor>, SortedDictionary<string, string>) Parse(JsonElement root)
    {
        var tensors = new List<SafetensorsTensor>();
        var metadata = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var entry in property.Value.EnumerateObject()) metadata[entry.Name] = entry.Value.GetString() ?? "";
                continue;
            }
            var offsets = property.Value.GetProperty("data_offsets");
            if (offsets.GetArrayLength() != 2) throw new FormatException($"'{property.Name}' needs two data_offsets");
            tensors.Add(new SafetensorsTensor(
                property.Name,
                property.Value.GetProperty("dtype").GetString() ?? throw new FormatException($"'{property.Name}' has no dtype"),
                [.. property.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())],
                offsets[0].GetInt64(),
                offsets[1].GetInt64()));
        }
        return (tensors, metadata);
    }

    private static void CheckOffsets(List<SafetensorsTensor> tensors, long dataBytes, string file)
    {
        long expected = 0;
        foreach (var tensor in tensors.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            if (tensor.Begin != expected || tensor.End < tensor.Begin)
                throw Fault(file, $"'{tensor.Name}' lies at bytes {tensor.Begin} to {tensor.End} but should begin at {expected}: tensors overlap or leave a gap");
            if (tensor.Shape.Any(d => d < 0)) throw Fault(file, $"'{tensor.Name}' has a negative dimension");
            var size = Dtypes.SizeOf(tensor.Dtype);
            var count = tensor.Shape.Aggregate(1L, (a, b) => checked(a * b));
            if (size > 0 && checked(count * size) != tensor.End - tensor.Begin)
                throw Fault(file, $"'{tensor.Name}' has {tensor.End - tensor.Begin} bytes for {count} values of {tensor.Dtype}");
            expected = tensor.End;
        }
        if (expected != dataBytes) throw Fault(file, $"its tensors take {expected} bytes but {dataBytes} follow the header: it was cut short or has a tail");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
            if (!names.Add(tensor.Name)) throw Fault(file, $"two tensors are named '{tensor.Name}'");
    }

    private static InvalidDataException Fault(string file, string fault) => new($"{file} is not a readable safetensors file: {fault}");
}
