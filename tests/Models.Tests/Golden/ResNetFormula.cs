using System.Text.Json;

namespace Lockstep.Models.Tests.Golden;

/// <summary>The weights of the ResNet-50 fixture: a hash of their places, as the file's metadata says.</summary>
internal sealed class ResNetFormula(Fixture golden)
{
    private readonly string[] _order = JsonSerializer.Deserialize<string[]>(golden.Metadata["order"])!;

    /// <param name="name">Of the state dict.</param>
    /// <param name="shape">Its shape.</param>
    public float[] Values(string name, IReadOnlyList<long> shape)
    {
        var place = (ulong)Array.IndexOf(_order, name);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
        {
            var u = Uniform(place, (ulong)i);
            values[i] = (float)Value(name, shape, u, 2 * u - 1);
        }
        return values;
    }

    private static double Value(string name, IReadOnlyList<long> shape, double u, double c) => shape.Count switch
    {
        4 => c * Math.Sqrt(6.0 / (shape[1] * shape[2] * shape[3])),
        2 => c * Math.Sqrt(6.0 / shape[1]) * 0.5,
        _ => name[(name.LastIndexOf('.') + 1)..] switch
        {
            "running_var" => 1 + 0.5 * u,
            "running_mean" or "bias" => 0.1 * c,
            _ => name.EndsWith("bn3.weight", StringComparison.Ordinal) ? 0.4 + 0.2 * c : 1 + 0.2 * c,
        },
    };

    // In [0, 1), 24 bits.
    private static double Uniform(ulong place, ulong index)
    {
        var h = unchecked((uint)(index * 2654435761 + (place * 40503 + 12345)));
        h ^= h >> 16;
        h = unchecked(h * 2246822519);
        h ^= h >> 13;
        h = unchecked(h * 3266489917);
        h ^= h >> 16;
        return (h >> 8) / (double)(1 << 24);
    }
}
