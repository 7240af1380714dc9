using System.IO.Enumeration;
using System.Text;
using Lockstep.Node.Data.Index;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// A folder of images. The order is ordinal by relative path with '/' between the parts; names that begin with '.' are
/// left out, links are followed.
/// </summary>
internal sealed class ImageFolder(string root, FolderTop top) : IDataPlace
{
    private const string Layout =
        $"Expected: images ending in {ImageNames.Extensions} (any case), as <folder>/<class>/<image>.jpg or <folder>/<image>.jpg.";

    private const int ProgressEvery = 1000;
    private const int MaxDepth = 16; // a loop of links ends here

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public string Path => root;

    public string IndexPath => System.IO.Path.Join(root, IndexFile.Extension);

    public SampleListing List(Action<long>? progress)
    {
        var samples = new SampleTableBuilder();
        // The index may lie in the root and changes its time; so of the root the names tell, of the others the time.
        var stamps = new List<IndexStamp> { new("", top.Entries, top.NamesHash) };
        var pending = new Stack<(string Folder, int Depth)>([("", 0)]);
        try
        {
            while (pending.TryPop(out var next))
            {
                if (next.Folder.Length > 0) stamps.Add(Stamp(next.Folder));
                foreach (var folder in Take(next.Folder, samples, progress))
                    if (next.Depth < MaxDepth) pending.Push((folder, next.Depth + 1));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The image folder '{root}' cannot be listed: {e.Message} Give this user the right to read it.", e);
        }
        if (samples.Count == 0) throw new DataException($"The folder '{root}' has no images. {Layout}");
        samples.Sort();
        return new SampleListing(samples.Build(), stamps);
    }

    public string? ChangeSince(IReadOnlyList<IndexStamp> stamps)
    {
        if (stamps.Count == 0 || stamps[0] != new IndexStamp("", top.Entries, top.NamesHash)) return $"what lies in '{root}' has changed";
        foreach (var stamp in stamps.Skip(1))
            if (IndexStamp.OfFolder(root, stamp.Name) != stamp) return $"the folder '{System.IO.Path.Join(root, stamp.Name)}' has changed";
        return null;
    }

    public StoredSource Open(SampleTable table) => new FileSource(root, table);

    // The time first: what changes while the folder is read makes the stamp wrong, not the listing. Times of files tick every
    // few milliseconds, so a change within the tick of the stamp would not show: it is waited for.
    private IndexStamp Stamp(string folder)
    {
        var stamp = IndexStamp.OfFolder(root, folder);
        if (Math.Abs(DateTime.UtcNow.Ticks - stamp.Mark) < s_tick.Ticks) Thread.Sleep(s_tick);
        return stamp;
    }

    // Adds the images of one folder; returns its folders.
    private List<string> Take(string folder, SampleTableBuilder samples, Action<long>? progress)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var prefixUtf8 = Encoding.UTF8.GetBytes(prefix);
        var folders = new FileSystemEnumerable<string>(System.IO.Path.Join(root, folder), (ref entry) => prefix + entry.FileName.ToString(), s_options)
        {
            ShouldIncludePredicate = (ref entry) =>
            {
                if (entry.FileName[0] == '.') return false;
                if (entry.IsDirectory) return true;
                if (!ImageNames.IsImage(entry.FileName)) return false;
                samples.Add(prefixUtf8, entry.FileName, SizeOf(ref entry));
                if (samples.Count % ProgressEvery == 0) progress?.Invoke(samples.Count);
                return false;
            },
        };
        return [.. folders];
    }

    private static long SizeOf(ref FileSystemEntry entry) =>
        (entry.Attributes & FileAttributes.ReparsePoint) != 0 ? TargetSize(entry.ToFullPath()) : entry.Length;

    // A dangling link is listed, with no bytes: it will be a broken sample, not a failed start.
    private static long TargetSize(string link) =>
        File.ResolveLinkTarget(link, returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : 0;
}
