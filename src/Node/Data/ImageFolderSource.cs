namespace Lockstep.Node.Data;

/// <summary>
/// The images under a folder, as torchvision's ImageFolder sees them: one folder a class, at any depth below it. A
/// folder with images directly in it has no classes. The order is ordinal by relative path with '/' between the parts.
/// </summary>
public sealed class ImageFolderSource : ISampleSource
{
    // A larger file is no photograph; reading it could exhaust the memory.
    private const long MaxFileBytes = 1 << 30;

    private readonly string _root;
    private readonly string[] _names;
    private readonly int[] _labels;

    private ImageFolderSource(string root, string[] names, int[] labels, IReadOnlyList<string> classes, string fingerprint)
    {
        (_root, _names, _labels) = (root, names, labels);
        (Classes, Fingerprint) = (classes, fingerprint);
    }

    public int Count => _names.Length;
    public IReadOnlyList<string> Classes { get; }
    public string Fingerprint { get; }
    public IReadOnlyList<long> ShardStarts { get; } = [0];

    public string NameOf(int index) => _names[index];

    public int? LabelOf(int index) => _labels.Length == 0 ? null : _labels[index];

    /// <summary>Lists a folder's images.</summary>
    /// <exception cref="DataException">There is no such folder, it cannot be listed or it holds no images.</exception>
    public static ImageFolderSource Open(string path)
    {
        var listing = ImageFolderListing.Read(path);
        var names = listing.Names;
        if (Array.Exists(names, name => !name.Contains('/'))) return new(listing.Root, names, [], [], listing.Fingerprint);

        // Ordinal order of paths is not ordinal order of first parts: '-' sorts before '/'.
        var classes = names.Select(ClassOf).Distinct().Order(StringComparer.Ordinal).ToArray();
        var labels = Array.ConvertAll(names, name => Array.BinarySearch(classes, ClassOf(name), StringComparer.Ordinal));
        return new(listing.Root, names, labels, classes, listing.Fingerprint);
    }

    public int Read(int index, ref byte[] buffer)
    {
        using var file = File.OpenHandle(Path.Join(_root, _names[index]), options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file);
        if (length > MaxFileBytes) throw new IOException($"the file has {length:N0} bytes, more than an image can have");
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(1 << 18, length + length / 2));
        var total = 0;
        while (total < length)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(total, (int)length - total), total);
            if (read == 0) break;
            total += read;
        }
        return total;
    }

    private static string ClassOf(string name) => name[..name.IndexOf('/')];
}
