using System.Globalization;

namespace Lockstep.Node.Checkpoints;

/// <summary>The checkpoints of a run folder. A checkpoint is there whole or not at all.</summary>
public sealed class CheckpointStore(string runFolder)
{
    private const string Prefix = "step-";
    private const string Unfinished = ".writing";

    public string Folder { get; } = Path.Combine(runFolder, "checkpoints");

    /// <summary>Folder of the checkpoint of a step.</summary>
    public string FolderOf(long step) => Path.Combine(Folder, Prefix + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>The newest checkpoint that can be read; older ones are tried when the newest is damaged.</summary>
    public Checkpoint? Latest(Action<string> reportDamage)
    {
        foreach (var folder in Newest())
        {
            try
            {
                return Checkpoint.Open(folder);
            }
            catch (CheckpointException e)
            {
                reportDamage(e.Message);
            }
        }
        return null;
    }

    /// <summary>Moves a finished folder to its final name and deletes all but the newest.</summary>
    internal void Publish(string writing, long step, int keep)
    {
        var target = FolderOf(step);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(writing, target);
        DurableFile.SyncFolder(Folder);
        foreach (var old in Newest().Skip(keep)) Directory.Delete(old, recursive: true);
    }

    /// <summary>An empty folder to write a checkpoint into; what an interrupted writer left is removed.</summary>
    internal string Begin(long step)
    {
        Directory.CreateDirectory(Folder);
        foreach (var left in Directory.EnumerateDirectories(Folder, "*" + Unfinished).ToList()) Directory.Delete(left, recursive: true);
        return Directory.CreateDirectory(FolderOf(step) + Unfinished).FullName;
    }

    private List<string> Newest() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateDirectories(Folder, Prefix + "*").Where(d => !d.EndsWith(Unfinished, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)]
        : [];
}
