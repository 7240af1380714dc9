using Lockstep.Node.Data;

namespace Lockstep.Node.Evaluation;

/// <summary>A single image file as a source of one sample without class.</summary>
internal sealed class OneFile : ISampleSource
{
    private readonly string _path;

    public OneFile(string path)
    {
        if (!File.Exists(path)) throw new DataException($"there is no image file '{path}'");
        _path = path;
    }

    public int Count => 1;

    public IReadOnlyList<long> ShardStarts => [0];

    public IReadOnlyList<string> Classes => [];

    public string Fingerprint => "";

    public string Location => Path.GetDirectoryName(Path.GetFullPath(_path))!;

    public string NameOf(int index) => _path;

    public int? LabelOf(int index) => null;

    public int Read(int index, ref byte[] buffer)
    {
        buffer = File.ReadAllBytes(_path);
        return buffer.Length;
    }
}
