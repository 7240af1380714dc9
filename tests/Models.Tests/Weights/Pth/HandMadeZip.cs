using System.Buffers.Binary;
using System.Text;
using Lockstep.Models.Weights.Pth;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>One entry of a zip made by hand; what is not null replaces what would be right.</summary>
internal sealed record HandMadeEntry(string Name, byte[] Contents)
{
    public ushort Method { get; init; }
    public ushort Flags { get; init; }
    public uint? Stored { get; init; }
    public uint? Size { get; init; }
    public uint? Checksum { get; init; }
    public uint? HeaderAt { get; init; }
    public string? LocalName { get; init; }

    /// <summary>Writes the directory's numbers as zip64 does, all ones and the long ones in an extra field.</summary>
    public bool IsLong { get; init; }
}

/// <summary>Writes zip files by hand, good and bad.</summary>
internal static class HandMadeZip
{
    public const string Folder = "archive";

    /// <summary>What torch.save writes: data.pkl, and one entry a storage.</summary>
    public static byte[] Pth(byte[] pickle, params (string Key, byte[] Values)[] storages) => Write(
    [
        new($"{Folder}/data.pkl", pickle),
        new($"{Folder}/byteorder", "little"u8.ToArray()),
        .. storages.Select(s => new HandMadeEntry($"{Folder}/data/{s.Key}", s.Values)),
        new($"{Folder}/version", "3\n"u8.ToArray()),
        new($"{Folder}/.data/serialization_id", "0123"u8.ToArray()),
    ]);

    public static byte[] Write(IReadOnlyList<HandMadeEntry> entries, bool zip64 = false, ushort? count = null)
    {
        using var zip = new MemoryStream();
        using var directory = new MemoryStream();
        foreach (var entry in entries)
        {
            var at = (uint)zip.Position;
            var checksum = entry.Checksum ?? Crc32.Append(0, entry.Contents);
            var (stored, size) = (entry.Stored ?? (uint)entry.Contents.Length, entry.Size ?? (uint)entry.Contents.Length);
            var local = Encoding.UTF8.GetBytes(entry.LocalName ?? entry.Name);
            Put(zip, 0x04034B50u, (ushort)20, entry.Flags, entry.Method, 0u, checksum, stored, size, (ushort)local.Length, (ushort)0);
            zip.Write(local);
            zip.Write(entry.Contents);

            var name = Encoding.Latin1.GetBytes(entry.Name);
            var headerAt = entry.HeaderAt ?? at;
            Put(directory, 0x02014B50u, (ushort)20, (ushort)20, entry.Flags, entry.Method, 0u, checksum, entry.IsLong ? uint.MaxValue : stored, entry.IsLong ? uint.MaxValue : size,
                (ushort)name.Length, (ushort)(entry.IsLong ? 28 : 0), (ushort)0, (ushort)0, (ushort)0, 0u, entry.IsLong ? uint.MaxValue : headerAt);
            directory.Write(name);
            if (entry.IsLong) Put(directory, (ushort)1, (ushort)24, (ulong)size, (ulong)stored, (ulong)headerAt);
        }
        var (start, length) = ((ulong)zip.Position, (ulong)directory.Length);
        directory.WriteTo(zip);
        var total = count ?? (ushort)entries.Count;
        if (zip64)
        {
            var end = (ulong)zip.Position;
            Put(zip, 0x06064B50u, 44ul, (ushort)45, (ushort)45, 0u, 0u, (ulong)total, (ulong)total, length, start);
            Put(zip, 0x07064B50u, 0u, end, 1u);
        }
        Put(zip, 0x06054B50u, (ushort)0, (ushort)0, total, total, (uint)length, (uint)start, (ushort)0);
        return zip.ToArray();
    }

    private static void Put(Stream stream, params object[] fields)
    {
        var bytes = new byte[8];
        foreach (var field in fields)
        {
            switch (field)
            {
                case ushort number: BinaryPrimitives.WriteUInt16LittleEndian(bytes, number); stream.Write(bytes, 0, 2); break;
                case uint number: BinaryPrimitives.WriteUInt32LittleEndian(bytes, number); stream.Write(bytes, 0, 4); break;
                case ulong number: BinaryPrimitives.WriteUInt64LittleEndian(bytes, number); stream.Write(bytes, 0, 8); break;
                default: throw new ArgumentException($"{field.GetType()} is no field of a zip");
            }
        }
    }
}
