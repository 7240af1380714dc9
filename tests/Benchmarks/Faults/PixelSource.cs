using System.Security.Cryptography;
using Lockstep.Node.Data;
using Lockstep.Node.Images;

namespace Lockstep.Benchmarks.Faults;

/// <summary>As many images as anybody wants, each of one pixel: data that costs nothing.</summary>
internal sealed class PixelSource(int count) : ISampleSource
{
    private static readonly byte[] Png = PngEncoder.Encode([0, 0, 0], 1, 1, PngPixels.Rgb);

    public int Count => count;

    public IReadOnlyList<string> Classes => [];

    public IReadOnlyList<long> ShardStarts { get; } = [0];

    public string Fingerprint { get; } = Convert.ToHexStringLower(SHA256.HashData(Png));

    public string NameOf(int index) => $"pixel {index}";

    public int? LabelOf(int index) => null;

    public int Read(int index, ref byte[] buffer)
    {
        if (buffer.Length < Png.Length) buffer = new byte[Png.Length];
        Png.CopyTo(buffer, 0);
        return Png.Length;
    }
}
