using System.Text.Json;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;

namespace Lockstep.Node.Checkpoints;

/// <summary>One complete checkpoint folder: state.safetensors and manifest.json.</summary>
public sealed record Checkpoint(string Folder, CheckpointManifest Manifest)
{
    public const string StateFile = "state.safetensors";
    public const string ManifestFile = "manifest.json";

    /// <summary>Reads a checkpoint's manifest and checks that its state file is whole.</summary>
    /// <exception cref="CheckpointException">A file is missing, cut short or not what it should be.</exception>
    public static Checkpoint Open(string folder)
    {
        var manifestPath = Path.Combine(folder, ManifestFile);
        if (!Directory.Exists(folder)) throw new CheckpointException($"'{folder}' does not exist. Name a run folder, a checkpoint in it or a weights file.");
        if (!File.Exists(manifestPath))
            throw new CheckpointException($"'{folder}' is not a checkpoint: it has no {ManifestFile}. Name a folder such as runs/NAME/checkpoints/step-00000100.");
        CheckpointManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<CheckpointManifest>(File.ReadAllBytes(manifestPath))
                ?? throw new JsonException("it is empty");
        }
        catch (IOException e)
        {
            throw new CheckpointException($"'{manifestPath}' cannot be read: {e.Message}", e);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"'{manifestPath}' is damaged: {e.Message}. Delete the folder to resume from the checkpoint before it.", e);
        }
        var state = new FileInfo(Path.Combine(folder, StateFile));
        if (!state.Exists || state.Length != manifest.SizeBytes)
            throw new CheckpointException($"'{state.FullName}' is damaged: {(state.Exists ? state.Length : 0)} bytes where {manifest.SizeBytes} were written. Delete the folder to resume from the checkpoint before it.");
        return new Checkpoint(folder, manifest);
    }

    /// <summary>Reads the whole state and checks its digest.</summary>
    /// <exception cref="CheckpointException">A tensor is missing or the digest differs.</exception>
    public void LoadInto(ReplicaState state)
    {
        var path = Path.Combine(Folder, StateFile);
        try
        {
            using var file = SafetensorsFile.Open(path); // once: the run may remove the checkpoint meanwhile
            foreach (var (section, layout) in state.Layout.Sections)
            {
                foreach (var entry in layout.Entries) file.ReadInto($"{section}.{entry.Name}", state[section].SpanOf(entry.Name));
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or KeyNotFoundException or ArgumentException)
        {
            throw new CheckpointException($"'{path}' does not hold this run's state: {e.Message}", e);
        }
        state.Step = Manifest.Step;
        var digest = state.Digest();
        if (digest != Manifest.Digest)
            throw new CheckpointException($"'{path}' is damaged: its digest is {digest[..12]}, the manifest says {Manifest.Digest[..12]}. Delete the folder to resume from the checkpoint before it.");
    }
}
