using System.Text.Json;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;
using Lockstep.Node.Telemetry;

namespace Lockstep.Node.Checkpoints;

/// <summary>
/// Writes checkpoints beside the training: the state is copied at once (training waits only for the copy), the file is
/// written, flushed and renamed in the background. One at a time; a second one waits for the first.
/// </summary>
/// <param name="isReplaced">Asked before a checkpoint appears: another node writes the folder now.</param>
/// <param name="telemetry">Is told how long each took; null: nobody.</param>
public sealed class CheckpointWriter(CheckpointStore store, StateLayout layout, int keep, Func<bool> isReplaced, NodeTelemetry? telemetry = null)
{
    private readonly Dictionary<string, float[]> _copies =
        layout.Sections.ToDictionary(s => s.Name, s => GC.AllocateUninitializedArray<float>(checked((int)s.Layout.Length)));

    // So often the disk is waited for: what is still to be flushed at the end is little, and a slow disk shows that it gets on.
    private const int ChunksAFlush = 64;

    private Task _writing = Task.CompletedTask;
    private long _progress;

    /// <summary>Grows while a checkpoint gets on.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>Copies the state and starts to write it; returns once the copy is made.</summary>
    /// <exception cref="CheckpointException">The checkpoint before this one could not be written.</exception>
    public async Task SaveAsync(ReplicaState state, Func<long, CheckpointManifest> manifestForSize)
    {
        await FlushAsync();
        var work = telemetry?.Checkpoint(state.Step);
        foreach (var (name, _) in layout.Sections) state[name].Span.CopyTo(_copies[name]);
        var step = state.Step;
        _writing = Task.Run(() => Write(step, manifestForSize, work));
    }

    /// <summary>Tells at once, not at the next checkpoint, that one could not be written.</summary>
    /// <exception cref="CheckpointException">Why.</exception>
    public void ThrowIfFailed()
    {
        if (_writing.IsFaulted) FlushAsync().GetAwaiter().GetResult();
    }

    /// <summary>Waits until the last checkpoint is on disk.</summary>
    /// <exception cref="CheckpointException">It could not be written; the message says why.</exception>
    public Task FlushAsync()
    {
        // A failure is told once; the next checkpoint gets its own chance.
        var writing = _writing;
        _writing = Task.CompletedTask;
        return writing;
    }

    private void Write(long step, Func<long, CheckpointManifest> manifestForSize, TimedWork? work)
    {
        using var told = work;
        string? folder = null;
        try
        {
            folder = store.Begin(step);
            var statePath = Path.Combine(folder, Checkpoint.StateFile);
            var metadata = new Dictionary<string, string> { ["step"] = step.ToString(System.Globalization.CultureInfo.InvariantCulture) };
            DurableFile.Write(statePath, file => SafetensorsWriter.Write(file, Tensors(), metadata, () =>
            {
                if (Interlocked.Increment(ref _progress) % ChunksAFlush == 0) file.Flush(flushToDisk: true);
            }));
            var manifest = manifestForSize(new FileInfo(statePath).Length);
            DurableFile.Write(Path.Combine(folder, Checkpoint.ManifestFile), stream => JsonSerializer.Serialize(stream, manifest));
            DurableFile.SyncFolder(folder);
            if (isReplaced()) Discard(folder);
            else store.Publish(folder, step, keep);
            work?.Done();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(folder);
            work?.Failed("io", e.Message);
            throw new CheckpointException(
                $"the checkpoint of step {step} could not be written to '{store.Folder}': {e.Message.TrimEnd('.')}. Earlier checkpoints are untouched. Free some space or mend the folder, then run again to resume.", e);
        }
    }

    private IEnumerable<SafetensorsEntry> Tensors() =>
        from section in layout.Sections
        from entry in section.Layout.Entries
        select new SafetensorsEntry(
            $"{section.Name}.{entry.Name}", entry.Shape, () => _copies[section.Name].AsSpan((int)entry.Offset, (int)entry.Length));

    private static void Discard(string? folder)
    {
        try
        {
            if (folder is not null && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // The next writer removes what is left; nothing reads an unfinished folder.
        }
    }
}
