using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Lockstep.Node.Tests;

/// <summary>
/// Golden numbers by name: name.safetensors in the folder LOCKSTEP_FIXTURES, or name.safetensors.gz in the
/// repository's tests/Fixtures. Float32; float64 is rounded to it.
/// </summary>
internal sealed class Fixtures
{
    private readonly Dictionary<string, (int[] Shape, float[] Values)> _tensors = [];

    private Fixtures(byte[] file)
    {
        var headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var data = file.AsSpan(8 + headerBytes);
        using var header = JsonDocument.Parse(file.AsMemory(8, headerBytes));
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__") continue;
            var dtype = entry.Value.GetProperty("dtype").GetString();
            var shape = entry.Value.GetProperty("shape").EnumerateArray().Select(x => x.GetInt32()).ToArray();
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(x => x.GetInt32()).ToArray();
            var bytes = data[offsets[0]..offsets[1]];
            _tensors[entry.Name] = (shape, dtype switch
            {
                "F32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
                "F64" => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), x => (float)x),
                _ => throw new InvalidDataException($"{entry.Name} is {dtype}"),
            });
        }
    }

    public IEnumerable<string> Names => _tensors.Keys;

    public float[] this[string name] => _tensors[name].Values;

    public int[] ShapeOf(string name) => _tensors[name].Shape;

    public static Fixtures Load(string name)
    {
        foreach (var folder in Folders())
        {
            var plain = Path.Join(folder, $"{name}.safetensors");
            if (File.Exists(plain)) return new Fixtures(File.ReadAllBytes(plain));
            if (!File.Exists($"{plain}.gz")) continue;
            using var packed = new GZipStream(File.OpenRead($"{plain}.gz"), CompressionMode.Decompress);
            using var unpacked = new MemoryStream();
            packed.CopyTo(unpacked);
            return new Fixtures(unpacked.ToArray());
        }
        throw new FileNotFoundException($"no fixture {name}.safetensors[.gz]: set LOCKSTEP_FIXTURES or run inside the repository");
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("LOCKSTEP_FIXTURES") is { Length: > 0 } given) yield return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Join(folder.FullName, "tests", "Fixtures");
    }
}
