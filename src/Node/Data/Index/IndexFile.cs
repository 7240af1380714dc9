using System.Text.Json;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Index;

/// <summary>
/// The file that holds a table of samples, so that a million of them need not be listed again:
/// magic, version, length of the description, length of the file; the description (JSON); name offsets (int32, one more
/// than samples), names (UTF-8), sizes (uint32), labels (int32, if there are classes), blocks (uint32, if there are shards).
/// A CRC-32C of all before follows the lengths, the description and the end. Little-endian.
/// </summary>
internal static class IndexFile
{
    /// <summary>What every index ends in; in a folder it is the whole name.</summary>
    public const string Extension = ".lockstep-index";

    private const int Version = 1;
    private const int HeaderBytes = 28, ChecksumBytes = sizeof(uint);
    private const ulong Magic = 0x5844_4e49_504b_434c; // "LCKPINDX"

    private static readonly JsonSerializerOptions s_json = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static bool IsIndex(string path) => path.EndsWith(Extension, StringComparison.Ordinal);

    /// <summary>Writes an index beside its place and moves it there.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="DataException">The disk is full, or the folder cannot be written.</exception>
    public static long Write(string path, string sourcePath, SampleListing listing)
    {
        try
        {
            var bytes = 0L;
            DurableFile.Publish(path, stream => bytes = Write(stream, sourcePath, listing));
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The index '{path}' cannot be written: {e.Message.TrimEnd('.')}. Free some space, or choose another place with --output FILE{Extension} and give that file for the data.", e);
        }
    }

    /// <summary>Reads an index in one go. Nothing in it is believed before its checksums hold.</summary>
    public static IndexReading Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return Read(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fault(e is EndOfStreamException ? "it is cut off" : $"it cannot be read: {e.Message}");
        }
    }

    private static long Write(Stream stream, string sourcePath, SampleListing listing)
    {
        var table = listing.Table;
        var description = JsonSerializer.SerializeToUtf8Bytes(new IndexDescription
        {
            SourcePath = sourcePath,
            Fingerprint = table.Fingerprint,
            Count = table.Count,
            NameBytes = table.Names.Text.Length,
            Classes = table.Classes,
            Shards = table.Shards,
            Stamps = [.. listing.Stamps],
        });
        var length = LengthOf(description.Length, table.Count, table.Names.Text.Length, table.Labels.Length > 0, table.Blocks.Length > 0);
        var writer = new CheckedWriter(stream);
        writer.Write([Magic]);
        writer.Write([Version, description.Length]);
        writer.Write([length]);
        writer.WriteChecksum();
        writer.Write<byte>(description);
        writer.WriteChecksum();
        writer.Write(table.Names.Offsets);
        writer.Write(table.Names.Text);
        writer.Write<uint>(table.Sizes);
        writer.Write<int>(table.Labels);
        writer.Write<uint>(table.Blocks);
        writer.WriteChecksum();
        return length;
    }

    private static IndexReading Read(FileStream stream)
    {
        var reader = new CheckedReader(stream);
        var (magic, numbers, length) = (new ulong[1], new int[2], new long[1]);
        reader.Read(magic.AsSpan());
        if (magic[0] != Magic) return Fault("it is no index of Lockstep");
        reader.Read(numbers.AsSpan());
        reader.Read(length.AsSpan());
        if (!reader.ChecksumHolds()) return Fault("it is damaged");
        if (numbers[0] != Version) return Fault($"it has format {numbers[0]}, this program reads {Version}");
        // Lengths are bounded by the file's own before anything is made of them.
        if (length[0] != stream.Length || numbers[1] < 0 || numbers[1] > length[0]) return Fault("it is cut off");
        var json = reader.ReadArray<byte>(numbers[1]);
        if (!reader.ChecksumHolds() || Description(json) is not { Count: > 0, NameBytes: >= 0 } about || HasNulls(about)
            || LengthOf(json.Length, about.Count, about.NameBytes, about.Classes.Length > 0, about.Shards.Length > 0) != length[0])
            return Fault("it is damaged");

        var offsets = reader.ReadArray<int>(about.Count + 1);
        var text = reader.ReadArray<byte>(about.NameBytes);
        var table = new SampleTable
        {
            Names = new NameTable(text, offsets),
            Sizes = reader.ReadArray<uint>(about.Count),
            Labels = about.Classes.Length > 0 ? reader.ReadArray<int>(about.Count) : [],
            Classes = about.Classes,
            Blocks = about.Shards.Length > 0 ? reader.ReadArray<uint>(about.Count) : [],
            Shards = about.Shards,
            Fingerprint = about.Fingerprint,
        };
        return reader.ChecksumHolds() && IsConsistent(table)
            ? new IndexReading(new SampleListing(table, about.Stamps), about.SourcePath, null)
            : Fault("it is damaged");
    }

    private static IndexDescription? Description(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<IndexDescription>(json, s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Of a null in an array the serializer says nothing.
    private static bool HasNulls(IndexDescription about) =>
        Array.Exists(about.Classes, name => name is null) || Array.Exists(about.Shards, shard => shard is null) || Array.Exists(about.Stamps, stamp => stamp is null);

    private static long LengthOf(int descriptionBytes, int count, int nameBytes, bool hasLabels, bool hasBlocks) =>
        HeaderBytes + (long)descriptionBytes + ChecksumBytes + sizeof(int) * (count + 1L) + nameBytes
        + sizeof(int) * (long)count * (1 + (hasLabels ? 1 : 0) + (hasBlocks ? 1 : 0)) + ChecksumBytes;

    // A checksum tells of damage, not of a writer that was wrong.
    private static bool IsConsistent(SampleTable table)
    {
        var offsets = table.Names.Offsets;
        if (offsets[0] != 0 || offsets[^1] != table.Names.Text.Length) return false;
        for (var i = 1; i < offsets.Length; i++)
            if (offsets[i] < offsets[i - 1]) return false;
        foreach (var label in table.Labels)
            if ((uint)label >= (uint)table.Classes.Length) return false;
        for (var s = 0; s < table.Shards.Length; s++)
            if (s == 0 ? table.Shards[s].First != 0 : table.Shards[s].First <= table.Shards[s - 1].First) return false;
        return table.Shards.Length == 0 || table.Shards[^1].First < table.Count;
    }

    private static IndexReading Fault(string fault) => new(null, null, fault);
}
