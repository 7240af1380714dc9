using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Index;

/// <summary>How a file or folder looked when its images were listed: when it looks so still, the list is still true. Of a link that is what it leads to.</summary>
/// <param name="Name">Path relative to the data.</param>
/// <param name="SizeBytes">Length of a file, -1 if there is none. 0 for a folder; for the data's own folder how much lies in it.</param>
/// <param name="Mark">When it was last changed, ticks of UTC, 0 if there is nothing; for the data's own folder a hash over the names in it.</param>
internal sealed record IndexStamp(string Name, long SizeBytes, long Mark)
{
    public static IndexStamp OfFolder(string root, string name) =>
        new(name, 0, LinkTarget.Folder(Path.Join(root, name))?.LastWriteTimeUtc.Ticks ?? 0);

    public static IndexStamp OfFile(string root, string name) =>
        LinkTarget.File(Path.Join(root, name)) is { } file ? new(name, file.Length, file.LastWriteTimeUtc.Ticks) : new(name, -1, 0);
}
