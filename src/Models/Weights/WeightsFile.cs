using System.Security.Cryptography;
using Lockstep.Models.Weights.Pth;

namespace Lockstep.Models.Weights;

/// <summary>Opens weights of either format, told apart by content: names of files say little.</summary>
public static class WeightsFile
{
    private const string Remedy = "Give a .safetensors file, or a .pth file that torch.save of PyTorch 1.6 or later has written";

    /// <summary>Magic number of torch.save before 1.6, pickled: protocol 2, a long of ten bytes.</summary>
    private static ReadOnlySpan<byte> Legacy => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <exception cref="InvalidDataException">The file is damaged, hostile or of another format; the message says why and what to do.</exception>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    public static IWeightsFile Open(string path) =>
        File.Exists(path)
            ? Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), path)
            : throw Missing(path);

    /// <summary>Reads from a seekable stream, which it owns. <paramref name="name"/> is for messages.</summary>
    public static IWeightsFile Open(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[16];
        stream.Position = 0;
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.StartsWith("PK"u8)) return PthFile.Open(stream, name);
        if (start.Length > 8 && start[8] == '{') return SafetensorsFile.Open(stream, name);
        var fault = Fault(start);
        stream.Dispose();
        throw new InvalidDataException($"{name} is no weights file: {fault}");
    }

    /// <summary>SHA-256 of a file, 64 hexadecimal characters: what a recipe's Start:Digest is.</summary>
    public static string DigestOf(string path)
    {
        if (!File.Exists(path)) throw Missing(path);
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static FileNotFoundException Missing(string path) => new($"there is no weights file '{path}'. {Remedy}");

    private static string Fault(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Legacy))
            return "it is of PyTorch's format before 1.6, a bare pickle. Save it again with a newer PyTorch: torch.save(torch.load(path, map_location='cpu', weights_only=True), new_path)";
        if (start is [0x80, ..]) return $"it is a bare pickle. {Remedy}";
        if (start.StartsWith("<"u8)) return "it is a web page, perhaps of a download that failed; get it again";
        if (start is [0x1F, 0x8B, ..]) return "it is packed with gzip; unpack it";
        return start.Length == 0 ? "it is empty; get it again" : $"it begins like neither format. {Remedy}";
    }
}
