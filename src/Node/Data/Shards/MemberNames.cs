namespace Lockstep.Node.Data.Shards;

/// <summary>
/// Names of samples in shards, asked for in the order of the samples. A name stays as it is unless WebDataset would take
/// it for another sample's: dots before the last one become '_', and a key that was there gets a number.
/// </summary>
internal sealed class MemberNames
{
    // Hashes, not names: two keys of one hash only give the second a number that it did not need.
    private readonly HashSet<ulong> _keys = [];

    public MemberName Next(string name)
    {
        var file = name.LastIndexOf('/') + 1;
        var dot = name.LastIndexOf('.');
        var stem = name[..file] + name[file..dot].Replace('.', '_');
        var key = stem;
        for (var number = 1; !_keys.Add(HashOf(key)); number++) key = $"{stem}_{number}";
        var image = key + name[dot..];
        return new MemberName(image, key + ".cls", image == name ? null : name);
    }

    // FNV-1a: the same in every process, since the names of shards that were packed before must come out the same.
    private static ulong HashOf(string key)
    {
        var hash = 14695981039346656037ul;
        foreach (var letter in key) hash = unchecked((hash ^ letter) * 1099511628211ul);
        return hash;
    }
}
