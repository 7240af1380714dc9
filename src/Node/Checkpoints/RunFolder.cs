using System.Runtime.InteropServices;
using System.Text.Json;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Checkpoints;

/// <summary>
/// The folder of a run, written by one scribe at a time. A file in it names the run and the generation of whoever writes;
/// one of a later generation of the same run takes it over from one that was given up for dead, and that one, should it
/// wake, sees it and writes no more.
/// </summary>
public sealed class RunFolder : IDisposable
{
    public const string RecipeFile = "recipe.json";
    public const string EnvironmentFile = "environment.json";
    public const string ScribeFile = "scribe.json";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(0.3), UnknownPatience = TimeSpan.FromSeconds(3), LockPause = TimeSpan.FromMilliseconds(20);

    private readonly string _folder;
    private readonly Lock _locking = new();
    private FileStream? _lock;
    private bool _disposed;
    private long _generation;

    private RunFolder(FileStream? held, string folder, string run, long generation) => (_lock, _folder, Run, _generation) = (held, folder, run, generation);

    /// <summary>Identifier of the run.</summary>
    public string Run { get; }

    /// <summary>Takes the folder and notes the resolved recipe and the machine in it.</summary>
    /// <param name="generation">The generation whose scribe this node is.</param>
    /// <param name="warn">Hears when the run was begun on a machine that may compute other bits.</param>
    /// <returns>Null: while this one waited, the scribe of a later generation has taken it.</returns>
    /// <exception cref="CheckpointException">A process of another run holds it, or it cannot be written.</exception>
    public static async Task<RunFolder?> TakeAsync(TrainingRecipe recipe, string run, long generation, string kernelFingerprint, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(warn);
        var folder = recipe.Run.Folder;
        var known = Scribe(folder);
        var held = await LockAsync(folder, run, generation);
        if (Scribe(folder) is { } now && now != known && now.Run == run && now.Generation > generation)
        {
            held?.Dispose();
            return null;
        }
        var taken = new RunFolder(held, folder, run, generation);
        taken.WriteScribe();
        var before = TextIn(Path.Combine(folder, EnvironmentFile), "kernel_fingerprint");
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
        return taken;
    }

    /// <summary>The same scribe in a later generation. False when another took the folder in between: it has to be taken again.</summary>
    public bool Use(long generation)
    {
        if (IsReplaced()) return false;
        if (generation == _generation) return true;
        _generation = generation;
        WriteScribe();
        return true;
    }

    /// <summary>True when a later generation's scribe has taken the folder over. From any thread.</summary>
    public bool IsReplaced()
    {
        if (Scribe(_folder) is { } scribe && scribe.Run == Run && scribe.Generation > _generation) return true;
        lock (_locking)
        {
            if (!_disposed) _lock ??= TryLock(_folder); // whoever had it when the folder was taken may have let go: nobody else is to find it free
        }
        return false;
    }

    public void Dispose()
    {
        lock (_locking)
        {
            _disposed = true;
            _lock?.Dispose();
        }
    }

    // The scribe before may be about to let go, or may be a process that was given up and still hangs.
    private static async Task<FileStream?> LockAsync(string folder, string run, long generation)
    {
        for (var waited = TimeSpan.Zero; ; waited += LockPause)
        {
            try
            {
                Directory.CreateDirectory(folder);
                return Lock(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                var scribe = Directory.Exists(folder) ? Scribe(folder) : null;
                var isOurs = scribe is { } known && known.Run == run && known.Generation < generation;
                if (isOurs && waited >= LockPatience) return null;
                // Whoever holds it may be about to say who it is; one that hangs before it has said so is given up as well.
                if (waited >= UnknownPatience && scribe is null && e is IOException && Directory.Exists(folder)) return null;
                if (waited >= UnknownPatience || e is UnauthorizedAccessException)
                {
                    throw new CheckpointException(
                        $"the run folder '{folder}' cannot be taken: {e.Message} If another run uses it, give this one its own with Run:Folder=...", e);
                }
            }
            await Task.Delay(LockPause);
        }
    }

    /// <summary>True when no other process holds the folder.</summary>
    public bool IsAlone => _lock is not null;

    private static FileStream Lock(string folder) => new(Path.Combine(folder, "run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private static FileStream? TryLock(string folder)
    {
        try
        {
            return Lock(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Beside and renamed: readers see the old or the new one, and nobody is locked out.
    private void WriteScribe()
    {
        DurableFile.Publish(Path.Combine(_folder, ScribeFile), s => JsonSerializer.Serialize(s, new Dictionary<string, object>
        {
            ["run"] = Run,
            ["generation"] = _generation,
            ["process"] = Environment.ProcessId,
            ["machine"] = Environment.MachineName,
        }), $".{Environment.MachineName}-{Environment.ProcessId}");
    }

    private static (string Run, long Generation)? Scribe(string folder)
    {
        var path = Path.Combine(folder, ScribeFile);
        return TextIn(path, "run") is { } run && long.TryParse(TextIn(path, "generation"), out var generation) ? (run, generation) : null;
    }

    private static string? TextIn(string path, string property)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return json.RootElement.TryGetProperty(property, out var value) ? value.ToString() : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return null; // it is being written anew
        }
    }
}
