using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Lockstep.Models.Weights;

/// <summary>
/// Writes the safetensors format: 8 bytes of header length, a JSON header padded to 8 bytes, then the tensors without
/// gaps, by name. Nothing is held in memory but the header, and equal content gives equal bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const int ChunkFloats = 1 << 20;

    /// <param name="stream">Where to write; not closed. Durability and atomic rename are the caller's.</param>
    /// <param name="tensors">In any order.</param>
    /// <param name="metadata">Strings for the header's __metadata__; null for none.</param>
    /// <param name="written">Is called after every 4 MiB at most.</param>
    /// <exception cref="ArgumentException">A name occurs twice, or a tensor's values do not fill its shape.</exception>
    public static void Write(Stream stream, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null, Action? written = null)
    {
        var sorted = tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray();
        var header = Header(sorted, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in sorted)
        {
            var values = tensor.Values();
            if (values.Length != CountOf(tensor))
                throw new ArgumentException($"'{tensor.Name}' has {values.Length} values for the shape [{string.Join(", ", tensor.Shape)}]", nameof(tensors));
            for (var start = 0; start < values.Length; start += ChunkFloats)
            {
                stream.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(ChunkFloats, values.Length - start))));
                written?.Invoke();
            }
        }
    }

    private static byte[] Header(SafetensorsEntry[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            long offset = 0;
            for (var i = 0; i < sorted.Length; i++)
            {
                var tensor = sorted[i];
                if (i > 0 && sorted[i - 1].Name == tensor.Name) throw new ArgumentException($"two tensors are named '{tensor.Name}'");
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", "F32");
                WriteNumbers(json, "shape", tensor.Shape);
                var end = offset + CountOf(tensor) * sizeof(float);
                WriteNumbers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static long CountOf(SafetensorsEntry tensor) => tensor.Shape.Aggregate(1L, (a, b) => checked(a * b));
}
