namespace Lockstep.Node.Data.Sources;

/// <summary>What a path leads to, through all links. Of a link itself size and time say nothing.</summary>
internal static class LinkTarget
{
    /// <summary>Null if there is no file at the end, or if links go round in a circle.</summary>
    public static FileInfo? File(string path) => Follow(new FileInfo(path));

    /// <summary>Null if there is no folder at the end, or if links go round in a circle.</summary>
    public static DirectoryInfo? Folder(string path) => Follow(new DirectoryInfo(path));

    /// <summary>Why there is nothing at the end, to be put behind the path's name.</summary>
    public static string Fault(string path) => new FileInfo(path).LinkTarget is { } target ? $"is a link to '{target}', which leads to no file" : "is missing";

    private static T? Follow<T>(T path) where T : FileSystemInfo
    {
        try
        {
            var end = path.LinkTarget is null ? path : path.ResolveLinkTarget(returnFinalTarget: true) as T;
            return end is { Exists: true } ? end : null;
        }
        catch (IOException)
        {
            return null; // a circle
        }
    }
}
