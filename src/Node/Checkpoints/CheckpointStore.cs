using System.Globalization;

namespace Lockstep.Node.Checkpoints;

/// <summary>The checkpoints of a run folder. A checkpoint is there whole or not at all.</summary>
/// <param name="runFolder">Folder of the run.</param>
/// <param name="staysForGood">Asked for a step whether its checkpoint is one of those that are never deleted as too old; null: none is.</param>
public sealed class CheckpointStore(string runFolder, Func<long, bool>? staysForGood = null)
{
    private const string Prefix = "step-";
    private const string Unfinished = ".writing";

    public string Folder { get; } = Path.Combine(runFolder, "checkpoints");

    /// <summary>Folder of the checkpoint of a step.</summary>
    public string FolderOf(long step) => Path.Combine(Folder, Prefix + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>The newest checkpoint that can be read; older ones are tried when the newest is damaged. Null when there is none.</summary>
    /// <exception cref="CheckpointException">There are checkpoints, and all are damaged.</exception>
    public Checkpoint? Latest(Action<string> reportDamage)
    {
        var damaged = 0;
        foreach (var folder in Newest())
        {
            try
            {
                return Checkpoint.Open(folder);
            }
            catch (CheckpointException e)
            {
                reportDamage(e.Message);
                damaged++;
            }
        }
        return damaged == 0
            ? null
            : throw new CheckpointException($"all {damaged} checkpoints in '{Folder}' are damaged. Restore one, or delete the folder to begin at step 0.");
    }

    /// <summary>Moves a finished folder to its final name and deletes all but the newest and those that stay for good.</summary>
    internal void Publish(string writing, long step, int keep)
    {
        var target = FolderOf(step);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(writing, target);
        DurableFile.SyncFolder(Folder);
        foreach (var old in Newest().Where(f => !StaysForGood(f)).Skip(keep)) Directory.Delete(old, recursive: true);
    }

    /// <summary>
    /// For a scribe that begins: removes what interrupted writers left, and checkpoints beyond a step, which are damaged ones
    /// that the run passed over, or hold a state that was found to be wrong.
    /// </summary>
    internal void Clear(long beyondStep, bool isAlone)
    {
        if (!Directory.Exists(Folder)) return;
        if (isAlone)
        {
            foreach (var left in Directory.EnumerateDirectories(Folder, "*" + Unfinished).ToList()) Directory.Delete(left, recursive: true);
        }
        var newest = FolderOf(beyondStep);
        foreach (var beyond in Newest().Where(f => string.CompareOrdinal(f, newest) > 0)) Directory.Delete(beyond, recursive: true);
    }

    /// <summary>An empty folder of this process to write a checkpoint into.</summary>
    internal string Begin(long step)
    {
        var folder = $"{FolderOf(step)}.{Environment.MachineName}-{Environment.ProcessId}{Unfinished}";
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    private bool StaysForGood(string folder) =>
        staysForGood is not null
        && long.TryParse(Path.GetFileName(folder).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && staysForGood(step);

    private List<string> Newest() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateDirectories(Folder, Prefix + "*").Where(d => !d.EndsWith(Unfinished, StringComparison.Ordinal)).OrderDescending(StringComparer.Ordinal)]
        : [];
}
