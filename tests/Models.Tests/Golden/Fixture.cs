using System.IO.Compression;
using Lockstep.Models.Weights;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Golden;

/// <summary>One file of golden numbers, from LOCKSTEP_FIXTURES or the repository's tests/Fixtures.</summary>
internal sealed class Fixture(string name) : IDisposable
{
    private readonly SafetensorsFile _file = Open(name);

    public IEnumerable<string> Names => _file.Tensors.Keys;

    /// <summary>What the file says of itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public bool Has(string tensor) => _file.Tensors.ContainsKey(tensor);

    public float[] Values(string tensor) => _file.Read(tensor);

    public float Scalar(string tensor) => _file.Read(tensor).Single();

    public Tensor Tensor(string tensor) => tensor_(Values(tensor), _file.Tensors[tensor].Shape);

    public IReadOnlyList<long> Shape(string tensor) => _file.Tensors[tensor].Shape;

    /// <summary>Names below a prefix, without it.</summary>
    public IEnumerable<string> Under(string prefix) =>
        Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(n => n[prefix.Length..]);

    public void Dispose() => _file.Dispose();

    private static Tensor tensor_(float[] values, IReadOnlyList<long> shape) => tensor(values).reshape([.. shape]);

    private static SafetensorsFile Open(string name)
    {
        foreach (var folder in Folders())
        {
            var plain = Path.Combine(folder, $"{name}.safetensors");
            if (File.Exists(plain)) return SafetensorsFile.Open(plain);
            if (!File.Exists(plain + ".gz")) continue;
            using var packed = new GZipStream(File.OpenRead(plain + ".gz"), CompressionMode.Decompress);
            var unpacked = new MemoryStream();
            packed.CopyTo(unpacked);
            return SafetensorsFile.Open(unpacked, plain + ".gz");
        }
        throw new FileNotFoundException($"no fixture {name}.safetensors[.gz]: set LOCKSTEP_FIXTURES or run inside the repository");
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("LOCKSTEP_FIXTURES") is { Length: > 0 } given) yield return given;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "tests", "Fixtures");
    }
}
