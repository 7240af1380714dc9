using System.IO.Enumeration;
using System.Text;
using Lockstep.Node.Data.Index;
using Lockstep.Node.Posix;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// A folder of images. The order is ordinal by relative path with '/' between the parts; names that begin with '.' are
/// left out, links are followed. What cannot be listed as it is, is refused: a run must not lose images without a word.
/// </summary>
internal sealed class ImageFolder(string root, FolderTop top) : IDataPlace
{
    private const string Layout =
        $"Expected: images ending in {ImageNames.Extensions} (any case), as <folder>/<class>/<image>.jpg or <folder>/<image>.jpg.";

    private const int ProgressEvery = 1000, MostFaultsTold = 10;
    private const int MaxDepth = 256;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    public string Path => root;

    public string IndexPath => System.IO.Path.Join(root, IndexFile.Extension);

    public SampleListing List(Action<long>? progress)
    {
        var (samples, faults) = (new SampleTableBuilder(), new List<string>());
        // The index may lie in the root and changes its time; so of the root the names tell, of the others the time.
        var stamps = new List<IndexStamp> { new("", top.Entries, top.NamesHash) };
        var pending = new Stack<FolderOnTheWay>([new("", LibC.RealPath(root) ?? root, null)]);
        try
        {
            while (pending.TryPop(out var folder))
            {
                RefuseEndless(folder);
                if (folder.Above is not null) stamps.Add(Stamp(folder.Name));
                foreach (var below in Take(folder, samples, faults, progress)) pending.Push(below);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The image folder '{root}' cannot be listed: {e.Message} {(e is IOException ? "Check the disk or the mount." : "Give this user the right to read it.")}", e);
        }
        if (faults.Count > 0)
            throw new DataException($"The image folder '{root}' holds {faults.Count} name{(faults.Count == 1 ? "" : "s")} that cannot be used: {string.Join("; ", faults.Take(MostFaultsTold))}{(faults.Count > MostFaultsTold ? "; and more" : "")}. Remove links, or put back what they lead to; rename what is not UTF-8 (for example: convmv -r -f latin1 -t utf8 --notest {root}).");
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

    public StoredSource Open(SampleTable table) => new FileSource(root, root, table);

    private void RefuseEndless(FolderOnTheWay folder)
    {
        if (folder.Again() is { } again)
            throw new DataException($"In the image folder '{root}', '{folder.Name}' leads back to {(again.Above is null ? "the folder itself" : $"'{again.Name}'")} by a link: its images would be listed again and again. Remove that link.");
        if (folder.Depth > MaxDepth)
            throw new DataException($"In the image folder '{root}', '{folder.Name}' lies {folder.Depth} folders deep; {MaxDepth} are the most. Move its images up.");
    }

    // The time first: what changes while the folder is read makes the stamp wrong, not the listing. Times of files tick every
    // few milliseconds, so a change within the tick of the stamp would not show: it is waited for.
    private IndexStamp Stamp(string folder)
    {
        var stamp = IndexStamp.OfFolder(root, folder);
        if (Math.Abs(DateTime.UtcNow.Ticks - stamp.Mark) < s_tick.Ticks) Thread.Sleep(s_tick);
        return stamp;
    }

    // Adds the images of one folder; returns its folders.
    private List<FolderOnTheWay> Take(FolderOnTheWay folder, SampleTableBuilder samples, List<string> faults, Action<long>? progress)
    {
        var prefix = folder.Name.Length == 0 ? "" : folder.Name + "/";
        var prefixUtf8 = Encoding.UTF8.GetBytes(prefix);
        var folders = new FileSystemEnumerable<FolderOnTheWay>(System.IO.Path.Join(root, folder.Name), Below, s_options)
        {
            ShouldIncludePredicate = (ref entry) =>
            {
                if (entry.FileName[0] == '.') return false;
                var isImage = !entry.IsDirectory && ImageNames.IsImage(entry.FileName);
                var size = isImage ? entry.Length : 0;
                string? fault = null;
                // What is no UTF-8 is shown with this sign, a name under which it cannot be opened.
                if ((isImage || entry.IsDirectory) && entry.FileName.Contains('\uFFFD')) fault = "has a name that is not UTF-8";
                // A link to nothing may have been a folder of images, whatever its name.
                else if (!entry.IsDirectory && IsLink(ref entry)) fault = FaultOfLink(entry.ToFullPath(), ref size);
                if (fault is not null)
                {
                    faults.Add($"'{prefix}{entry.FileName}' {fault}");
                    return false;
                }
                if (!isImage) return entry.IsDirectory;
                samples.Add(prefixUtf8, entry.FileName, size);
                if (samples.Count % ProgressEvery == 0) progress?.Invoke(samples.Count);
                return false;
            },
        };
        return [.. folders];

        FolderOnTheWay Below(ref FileSystemEntry entry) =>
            new($"{prefix}{entry.FileName}", RealPathOf(ref entry, folder), folder);
    }

    private static string RealPathOf(ref FileSystemEntry entry, FolderOnTheWay above)
    {
        if (!IsLink(ref entry)) return System.IO.Path.Join(above.RealPath, entry.FileName);
        var link = entry.ToFullPath();
        return LibC.RealPath(link) ?? throw new IOException($"'{link}' {LinkTarget.Fault(link)}.");
    }

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;

    private static string? FaultOfLink(string link, ref long size)
    {
        if (LinkTarget.File(link) is not { } file) return LinkTarget.Fault(link);
        size = file.Length;
        return null;
    }
}
