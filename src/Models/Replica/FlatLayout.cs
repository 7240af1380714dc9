namespace Lockstep.Models.Replica;

/// <summary>Where one named tensor lies in a flat buffer. Offsets and lengths count floats.</summary>
public sealed record FlatEntry(string Name, IReadOnlyList<long> Shape, long Offset, long Length);

/// <summary>Named float32 tensors laid end to end in one buffer, each starting on a 64-byte boundary.</summary>
public sealed class FlatLayout
{
    private const int AlignFloats = 16;
    private readonly Dictionary<string, FlatEntry> _byName;

    /// <summary>Lays the tensors out in the given order.</summary>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public FlatLayout(IEnumerable<(string Name, IReadOnlyList<long> Shape)> tensors)
    {
        var entries = new List<FlatEntry>();
        _byName = new Dictionary<string, FlatEntry>(StringComparer.Ordinal);
        long offset = 0;
        foreach (var (name, shape) in tensors)
        {
            var entry = new FlatEntry(name, [.. shape], offset, shape.Aggregate(1L, (a, b) => a * b));
            if (!_byName.TryAdd(name, entry)) throw new ArgumentException($"the layout has two tensors named '{name}'");
            entries.Add(entry);
            offset += (entry.Length + AlignFloats - 1) / AlignFloats * AlignFloats;
        }
        Entries = entries;
        Length = offset;
    }

    /// <summary>The tensors in buffer order.</summary>
    public IReadOnlyList<FlatEntry> Entries { get; }

    /// <summary>Floats in the buffer, padding included.</summary>
    public long Length { get; }

    /// <exception cref="KeyNotFoundException">No tensor has this name.</exception>
    public FlatEntry this[string name] => _byName.TryGetValue(name, out var entry)
        ? entry
        : throw new KeyNotFoundException($"no tensor named '{name}' in a layout of {Entries.Count}");

    public bool Contains(string name) => _byName.ContainsKey(name);
}
