using System.Runtime.InteropServices;
using System.Text.Json;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Checkpoints;

/// <summary>The folder of a run, held by one scribe at a time.</summary>
public sealed class RunFolder : IDisposable
{
    public const string RecipeFile = "recipe.json";
    public const string EnvironmentFile = "environment.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly FileStream _lock;

    private RunFolder(FileStream held) => _lock = held;

    /// <summary>Takes the folder and notes the resolved recipe and the machine in it.</summary>
    /// <param name="warn">Hears when the run was begun on a machine that may compute other bits.</param>
    /// <exception cref="CheckpointException">Another process holds it, or it cannot be written.</exception>
    public static RunFolder Take(TrainingRecipe recipe, string run, string kernelFingerprint, Action<string> warn)
    {
        var folder = recipe.Run.Folder;
        FileStream held;
        try
        {
            Directory.CreateDirectory(folder);
            held = new FileStream(Path.Combine(folder, "run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(
                $"the run folder '{folder}' cannot be taken: {e.Message} If another run uses it, give this one its own with Run:Folder=...", e);
        }
        var before = FingerprintIn(Path.Combine(folder, EnvironmentFile));
        if (before is not null && before != kernelFingerprint)
            warn($"this run was last on '{before}', now it is on '{kernelFingerprint}': digests may differ from those of a run that stayed");
        DurableFile.Write(Path.Combine(folder, RecipeFile), s => s.Write(System.Text.Encoding.UTF8.GetBytes(recipe.Json)));
        DurableFile.Write(Path.Combine(folder, EnvironmentFile), s => JsonSerializer.Serialize(s, new Dictionary<string, object>
        {
            ["run"] = run,
            ["recipe_hash"] = recipe.Hash,
            ["kernel_fingerprint"] = kernelFingerprint,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.OSDescription,
            ["processors"] = Environment.ProcessorCount,
            ["lockstep"] = typeof(RunFolder).Assembly.GetName().Version?.ToString(3) ?? "",
        }, Indented));
        return new RunFolder(held);
    }

    public void Dispose() => _lock.Dispose();

    private static string? FingerprintIn(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.TryGetProperty("kernel_fingerprint", out var value) ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null; // it is written anew
        }
    }
}
