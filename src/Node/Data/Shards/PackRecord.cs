using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>What a folder of shards is packed from, kept in it: packing goes on only with the same, and nobody takes a part for the whole.</summary>
/// <param name="Fingerprint">Names and sizes of the images.</param>
/// <param name="Labels">SHA-256 (lower-case hex) over the names of the classes and the label of each image.</param>
internal sealed record PackRecord(string Fingerprint, string Labels, int SamplesPerShard, long ShardBytes, int Shards)
{
    private const string File = ".lockstep-pack";

    public static PackRecord Of(StoredSource source, PackOptions options, int shards) =>
        new(source.Fingerprint, LabelsOf(source), options.SamplesPerShard, options.ShardBytes, shards);

    /// <summary>The record of a folder; null if it has none that can be read.</summary>
    public static PackRecord? Read(string folder)
    {
        var path = Path.Join(folder, File);
        if (!System.IO.File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<PackRecord>(System.IO.File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string folder)
    {
        DurableFile.Write(Path.Join(folder, File), stream => JsonSerializer.Serialize(stream, this));
        DurableFile.SyncFolder(folder);
    }

    private static string LabelsOf(StoredSource source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in source.Classes) hash.AppendData(Encoding.UTF8.GetBytes(name + "\0"));
        Span<byte> label = stackalloc byte[sizeof(int)];
        for (var i = 0; i < source.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(label, source.LabelOf(i) ?? -1);
            hash.AppendData(label);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
