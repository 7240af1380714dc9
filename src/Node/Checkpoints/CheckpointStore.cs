using System.Globalization;

namespace Lockstep.Node.Checkpoints;

/// <summary>The checkpoints of a run folder. A checkpoint is there whole or not at all.</summary>
/// <param name="runFolder">Folder of the run.</param>
/// <param name="warn">Is told of folders that cannot be removed.</param>
/// <param name="staysForGood">Asked for a step whether its checkpoint is one of those that are never deleted as too old; null: none is.</param>
public sealed class CheckpointStore(string runFolder, Action<string>? warn = null, Func<long, bool>? staysForGood = null)
{
    private const string Prefix = "step-";
    private const string Unfinished = ".writing";
    private static int s_begun;

    public string Folder { get; } = Path.Combine(runFolder, "checkpoints");

    /// <summary>Folder of the checkpoint of a step.</summary>
    public string FolderOf(long step) => Path.Combine(Folder, Prefix + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>The newest checkpoint that can be read; older ones are tried when the newest is damaged. Null when there is none.</summary>
    /// <exception cref="CheckpointException">There are checkpoints, and all are damaged.</exception>
    public Checkpoint? Latest(Action<string> reportDamage)
    {
        var damaged = 0;
        for (var folders = new Queue<string>(Newest()); folders.TryDequeue(out var folder);)
        {
            try
            {
                return Checkpoint.Open(folder);
            }
            catch (CheckpointException) when (!Directory.Exists(folder))
            {
                (folders, damaged) = (new(Newest()), 0); // the run goes on meanwhile, and has a newer one
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
        if (Directory.Exists(target)) Remove(target);
        Directory.Move(writing, target);
        DurableFile.SyncFolder(Folder);
        foreach (var old in Newest().Where(f => !StaysForGood(f)).Skip(keep)) TryRemove(old);
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
            foreach (var left in Directory.EnumerateDirectories(Folder, "*" + Unfinished).ToList()) TryDelete(left);
        }
        var newest = FolderOf(beyondStep);
        foreach (var beyond in Newest().Where(f => string.CompareOrdinal(f, newest) > 0)) Remove(beyond);
    }

    /// <summary>An empty folder of this process to write a checkpoint into.</summary>
    internal string Begin(long step)
    {
        // The writer of a scribe before this one, in the same process, may still be at it.
        var folder = $"{FolderOf(step)}.{Environment.MachineName}-{Environment.ProcessId}-{Interlocked.Increment(ref s_begun)}{Unfinished}";
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }

    // Whole at one moment, gone at the next: a reader that has the state file open keeps it.
    private void Remove(string folder)
    {
        var removed = $"{folder}.{Environment.MachineName}-{Environment.ProcessId}-removed{Unfinished}";
        Directory.Move(folder, removed);
        TryDelete(removed);
    }

    // That an old one stays is no reason to lose the new one.
    private void TryRemove(string folder)
    {
        try
        {
            Remove(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"the old checkpoint '{folder}' cannot be removed: {e.Message.TrimEnd('.')}. Delete it by hand, or leave it");
        }
    }

    private void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn?.Invoke($"'{folder}', which nothing reads any more, cannot be deleted: {e.Message.TrimEnd('.')}");
        }
    }

    private bool StaysForGood(string folder) =>
        staysForGood is not null
        && long.TryParse(Path.GetFileName(folder).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && staysForGood(step);

    private List<string> Newest() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateDirectories(Folder, Prefix + "*").Where(d => Path.GetFileName(d)[Prefix.Length..].All(char.IsAsciiDigit)).OrderDescending(StringComparer.Ordinal)]
        : [];
}
