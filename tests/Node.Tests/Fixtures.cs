using System.IO.Compression;
using Lockstep.Models.Weights;

namespace Lockstep.Node.Tests;

/// <summary>
/// Golden numbers by name: name.safetensors in the folder LOCKSTEP_FIXTURES, or name.safetensors.gz in the
/// repository's tests/Fixtures. Float32; float64 is rounded to it.
/// </summary>
internal sealed class Fixtures
{
    private readonly SafetensorsFile _file;

    private Fixtures(Stream stream, string name) => _file = SafetensorsFile.Open(stream, name);

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public float[] this[string name] => _file.Read(name);

    public int[] ShapeOf(string name) => [.. _file.Tensors[name].Shape.Select(d => (int)d)];

    public static Fixtures Load(string name)
    {
        foreach (var folder in Folders())
        {
            var plain = Path.Join(folder, $"{name}.safetensors");
            if (File.Exists(plain)) return new Fixtures(new MemoryStream(File.ReadAllBytes(plain)), plain);
            if (!File.Exists($"{plain}.gz")) continue;
            using var packed = new GZipStream(File.OpenRead($"{plain}.gz"), CompressionMode.Decompress);
            var unpacked = new MemoryStream();
            packed.CopyTo(unpacked);
            return new Fixtures(unpacked, plain);
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
