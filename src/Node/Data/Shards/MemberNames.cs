namespace Lockstep.Node.Data.Shards;

/// <summary>
/// Names of samples in shards, asked for in the order of the samples. A name stays as it is unless WebDataset would take
/// it for another sample's: dots before the last one become '_', and a key that was there gets a number.
/// </summary>
internal sealed class MemberNames
{
    // Hashes, not names, and the same in every process, so that packing again comes to the same names: two keys of one hash only give the second a number that it did not need.
    private readonly HashSet<ulong> _keys = [];

    public MemberName Next(string name)
    {
        var file = name.LastIndexOf('/') + 1;
        var dot = name.LastIndexOf('.');
        var stem = name[..file] + name[file..dot].Replace('.', '_');
        var key = stem;
        for (var number = 1; !_keys.Add(StableHash.Of(key)); number++) key = $"{stem}_{number}";
        var image = key + name[dot..];
        return new MemberName(image, key + ".cls", image == name ? null : name);
    }
}
