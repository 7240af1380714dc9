using System.Text.Json;

namespace Lockstep.Node.Samples;

/// <summary>The parameters of a sample set: they fix every byte of its pictures. Kept in the set's folder.</summary>
/// <param name="Seed">The set's seed.</param>
/// <param name="Size">Side of the pictures in pixels.</param>
/// <param name="TrainPerClass">Pictures a class under train/.</param>
/// <param name="TestPerClass">Pictures a class under test/.</param>
/// <param name="Version">Version of the drawing; another version draws other pictures.</param>
public sealed record SampleManifest(
    ulong Seed, int Size, int TrainPerClass, int TestPerClass, int Version = SampleManifest.CurrentVersion)
{
    /// <summary>Raise it whenever the drawing changes.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Name of the file in the set's folder.</summary>
    public const string FileName = "samples.json";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>The manifest in a folder; null if there is none or it cannot be read as one.</summary>
    public static SampleManifest? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<SampleManifest>(File.ReadAllBytes(path));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The manifest as the bytes of its file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Format);

    /// <summary>In words, for messages.</summary>
    public override string ToString() =>
        $"seed {Seed}, {Size} px, {TrainPerClass} train and {TestPerClass} test images a class, drawing version {Version}";
}
