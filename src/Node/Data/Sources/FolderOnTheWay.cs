namespace Lockstep.Node.Data.Sources;

/// <summary>A folder that is being listed, and the folders that it was reached through.</summary>
/// <param name="Name">Path relative to the data, "" for the data's own folder.</param>
/// <param name="RealPath">Its path without links.</param>
/// <param name="Above">The one that it was found in; null for the data's own folder.</param>
internal sealed record FolderOnTheWay(string Name, string RealPath, FolderOnTheWay? Above)
{
    /// <summary>Folders between it and the data's own.</summary>
    public int Depth { get; } = Above is null ? 0 : Above.Depth + 1;

    /// <summary>The topmost folder above that this one is, or holds, because of a link: listing would never end. Null if there is none.</summary>
    public FolderOnTheWay? Again()
    {
        var inside = RealPath.TrimEnd('/') + "/";
        FolderOnTheWay? again = null;
        for (var above = Above; above is not null; above = above.Above)
            if (above.RealPath == RealPath || above.RealPath.StartsWith(inside, StringComparison.Ordinal)) again = above;
        return again;
    }
}
