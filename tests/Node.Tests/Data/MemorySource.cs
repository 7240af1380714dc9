using System.Globalization;
using Lockstep.Node.Data;
using Lockstep.Node.Tests.Images;

namespace Lockstep.Node.Tests.Data;

/// <summary>Samples that are bytes in memory. Every one is another picture unless it is named broken.</summary>
internal sealed class MemorySource : ISampleSource
{
    private readonly byte[][] _files;

    public MemorySource(int count, params int[] broken) => _files = [.. Enumerable.Range(0, count).Select(i =>
        broken.Contains(i) ? "not an image"u8.ToArray() : Pictures.GradientJpeg(24 + i % 7, 20 + i % 11))];

    public MemorySource(params byte[][] files) => _files = files;

    /// <summary>Called before each read, with the sample.</summary>
    public Action<int>? OnRead { get; set; }

    public int Count => _files.Length;
    public IReadOnlyList<string> Classes { get; init; } = [];
    public string Fingerprint => "memory";
    public string Location { get; init; } = "";
    public IReadOnlyList<long> ShardStarts { get; init; } = [0];

    public string NameOf(int index) => index.ToString(CultureInfo.InvariantCulture);

    public int? LabelOf(int index) => Classes.Count == 0 ? null : index % Classes.Count;

    public int Read(int index, ref byte[] buffer)
    {
        OnRead?.Invoke(index);
        if (buffer.Length < _files[index].Length) buffer = new byte[_files[index].Length];
        _files[index].CopyTo(buffer, 0);
        return _files[index].Length;
    }
}
