using Lockstep.Node.Data;

namespace Lockstep.Node.Tests.Data.Sources;

/// <summary>A folder for one test, gone when it ends.</summary>
internal sealed class DataFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lockstep-data-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    public string PathOf(string name) => System.IO.Path.Join(Path, name);

    /// <summary>Makes files; each holds its own name.</summary>
    public DataFolder Write(params string[] names)
    {
        foreach (var name in names) WriteText(name, name);
        return this;
    }

    public string WriteText(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public static string[] Names(ISampleSource source) => [.. Enumerable.Range(0, source.Count).Select(source.NameOf)];

    public static int?[] Labels(ISampleSource source) => [.. Enumerable.Range(0, source.Count).Select(source.LabelOf)];

    public static string Text(ISampleSource source, int index)
    {
        byte[] buffer = [];
        var length = source.Read(index, ref buffer);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }
}
