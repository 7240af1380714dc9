using System.Text;
using Lockstep.Node.Data.Index;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// A text file that names images, one a line: a path relative to the folder of the list and, if they have classes, a TAB
/// and the class. Empty lines and lines that begin with '#' are passed over. The order is that of the lines.
/// </summary>
internal sealed class ListFile(string path) : IDataPlace
{
    private const int ProgressEvery = 1000, MostFaultsTold = 10;

    private const string Form =
        $"A line is the path of an image (ending in {ImageNames.Extensions}) relative to the list's folder and, if the images have classes, a TAB and the class.";

    private readonly string _folder = System.IO.Path.GetDirectoryName(path)!;

    public string Path => path;

    public string IndexPath => path + IndexFile.Extension;

    public SampleListing List(Action<long>? progress)
    {
        // Before it is read: a list that changes meanwhile makes the stamp wrong, not the listing.
        var stamps = new[] { IndexStamp.OfFile(_folder, System.IO.Path.GetFileName(path)) };
        var (samples, faults) = (new SampleTableBuilder(), new List<string>());
        var (faultCount, lineNumber, withClass) = (0, 0, 0);
        var numbers = new ClassNumbers();
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                lineNumber++;
                if (line.Length == 0 || line[0] == '#' || string.IsNullOrWhiteSpace(line)) continue;
                var tab = line.IndexOf('\t');
                var name = tab < 0 ? line : line[..tab];
                if (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
                var fault = FaultOf(name, out var sizeBytes);
                if (tab >= 0 && tab == line.Length - 1) fault ??= "has a TAB but no class behind it";
                if (fault is not null)
                {
                    if (faultCount++ < MostFaultsTold) faults.Add($"line {lineNumber}: '{name}' {fault}");
                    continue;
                }
                if (tab >= 0) withClass++;
                samples.Add(Encoding.UTF8.GetBytes(name), sizeBytes, tab < 0 ? -1 : numbers.Of(line[(tab + 1)..]));
                if (samples.Count % ProgressEvery == 0) progress?.Invoke(samples.Count);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The list '{path}' cannot be read: {e.Message} Give this user the right to read it and the images.", e);
        }
        if (faultCount > 0)
            throw new DataException($"The list '{path}' has {faultCount} line{(faultCount == 1 ? "" : "s")} that cannot be used: {string.Join("; ", faults)}{(faultCount > faults.Count ? "; and more" : "")}. {Form}");
        if (samples.Count == 0) throw new DataException($"The list '{path}' names no images. {Form}");
        if (withClass > 0 && withClass < samples.Count)
            throw new DataException($"The list '{path}' gives a class to {withClass} of {samples.Count} images. Give one to each, or to none. {Form}");
        if (withClass == 0) return new SampleListing(samples.Build(), stamps);
        var (classes, places) = numbers.Order();
        samples.Relabel(places);
        return new SampleListing(samples.BuildLabelled(classes), stamps);
    }

    public string? ChangeSince(IReadOnlyList<IndexStamp> stamps) =>
        stamps.Count == 1 && stamps[0] == IndexStamp.OfFile(_folder, System.IO.Path.GetFileName(path)) ? null : $"the list '{path}' has changed";

    public StoredSource Open(SampleTable table) => new FileSource(path, _folder, table);

    // Hidden names and ".." are refused: a name must mean the same in a packed shard.
    private string? FaultOf(string name, out long sizeBytes)
    {
        sizeBytes = 0;
        if (name.StartsWith('/')) return "is absolute, not relative to the list's folder";
        if (name.StartsWith('.') || name.Contains("/.", StringComparison.Ordinal)) return "has a part that begins with '.'";
        if (!ImageNames.IsImage(name)) return $"does not end in {ImageNames.Extensions}";
        if (name.Contains('\uFFFD')) return "is not UTF-8";
        var image = System.IO.Path.Join(_folder, name);
        if (LinkTarget.File(image) is not { } file) return LinkTarget.Fault(image);
        sizeBytes = file.Length;
        return null;
    }
}
