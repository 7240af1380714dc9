using System.Text.Json;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Node.Data.Shards;

/// <summary>What a folder of shards is packed from, kept in it: packing goes on only with the same, and nobody takes a part for the whole.</summary>
internal sealed record PackRecord(string Fingerprint, int SamplesPerShard, long ShardBytes, int Shards)
{
    private const string File = ".lockstep-pack";

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
}
