namespace Lockstep.Node.Data.Reading;

/// <summary>What to say of a sample that cannot be read: which file, which folder or mount, and what to do.</summary>
/// <param name="What">What happened, without a full stop.</param>
/// <param name="Remedy">What to do, a sentence.</param>
internal readonly record struct StorageFault(string What, string Remedy)
{
    /// <summary>True for failures of storage; others are faults of ours.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Looks at the dataset's place, to tell a missing file from a mount that has gone.</summary>
    /// <param name="name">Name of the sample.</param>
    /// <param name="location">Where the dataset lies, as the recipe says it; may be empty.</param>
    /// <param name="fault">What reading said.</param>
    public static StorageFault Of(string name, string location, Exception fault)
    {
        var root = RootOf(location);
        if (fault is not (FileNotFoundException or DirectoryNotFoundException))
            return new($"'{name}'{In(root)} cannot be read: {fault.Message.TrimEnd('.')}", "Check the disk or the mount.");
        if (root.Length > 0 && !Directory.Exists(root) && !File.Exists(root))
            return new($"'{name}' cannot be read: '{root}' is gone", "Mount it again, or put it back.");
        if (IsEmptyFolder(root))
            return new($"'{name}' cannot be read: '{root}' is empty now", "If it is a mount point, mount it again.");
        return new($"'{name}' is missing{In(root)}, though other files are there", "Put the file back: leaving it out would change the result.");
    }

    /// <summary>Of a read that does not end. Does not look at the place, which would hang as well.</summary>
    public static StorageFault OfHanging(string name, string location) =>
        new($"'{name}'{In(RootOf(location))} is being read and nothing comes: the storage hangs", "Check the disk or the mount.");

    private static string In(string root) => root.Length > 0 ? $" in '{root}'" : "";

    // A pattern such as shards/train-{000..146}.tar is no path; its folder is.
    private static string RootOf(string location)
    {
        if (location.Length == 0) return "";
        var brace = location.IndexOf('{', StringComparison.Ordinal);
        var path = Path.GetFullPath(brace < 0 ? location : Path.GetDirectoryName(location[..brace]) is { Length: > 0 } folder ? folder : ".");
        return path;
    }

    private static bool IsEmptyFolder(string root)
    {
        try
        {
            return Directory.Exists(root) && !Directory.EnumerateFileSystemEntries(root).Any();
        }
        catch (Exception e) when (Is(e))
        {
            return false;
        }
    }
}
