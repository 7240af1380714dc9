using System.Globalization;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>Which samples go into which shard: a function of the source and the options alone.</summary>
internal static class PackPlan
{
    /// <param name="renamed">Is told of each sample that has another name in its shard.</param>
    public static IReadOnlyList<PackedShard> Of(StoredSource source, PackOptions options, Action<MemberName>? renamed = null)
    {
        var (shards, names) = (new List<PackedShard>(), new MemberNames());
        var (first, bytes) = (0, (long)TarWriter.EndBytes);
        for (var i = 0; i < source.Count; i++)
        {
            var name = names.Next(source.NameOf(i));
            if (name.OwnName is not null) renamed?.Invoke(name);
            var more = TarWriter.LengthOf(name.Image, source.SizeOf(i), name.OwnName);
            if (source.LabelOf(i) is { } label) more += TarWriter.LengthOf(name.Label, LabelText(label).Length);
            if (i > first && (i - first == options.SamplesPerShard || (options.ShardBytes > 0 && bytes + more > options.ShardBytes)))
            {
                Close(i);
                (first, bytes) = (i, TarWriter.EndBytes);
            }
            bytes += more;
        }
        Close(source.Count);
        return shards;

        void Close(int end) => shards.Add(new PackedShard(string.Create(CultureInfo.InvariantCulture, $"shard-{shards.Count:D6}.tar"), first, end - first, bytes));
    }

    /// <summary>What a .cls file holds.</summary>
    public static string LabelText(int label) => label.ToString(CultureInfo.InvariantCulture);
}
