using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Evaluation.Online;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.NotFinite;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Checkpoints;

/// <summary>Writes metrics.jsonl and the checkpoints of a run folder.</summary>
public sealed partial class RunFolderScribe(
    TrainingRecipe recipe, RunShape shape, ReplicaState state, RunFolder folder, string datasetHash, TimeProvider time, NodeTelemetry telemetry, ILogger logger,
    OnlineKnn? knn = null) : IScribe, IDisposable
{
    private const int MostEvaluations = 512;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly MetricsLog _metrics = MetricsLog.Open(recipe.Run.Folder, state.Step);
    private readonly CheckpointWriter _checkpoints = new(Store(recipe, shape, logger), state.Layout, recipe.Run.KeepCheckpoints, folder.IsReplaced, telemetry);
    private readonly CheckpointStore _store = Cleared(recipe, shape, state.Step, folder.IsAlone, logger);
    private long _loggedStep = state.Step;
    private long _savedStep = IsSaved(recipe, state) ? state.Step : -1;
    private string _digest = "";
    private bool _replaced;
    private long _lastCommit = time.GetTimestamp(), _lastProgress = time.GetTimestamp();

    public string RunFolder => recipe.Run.Folder;

    public bool Writes => true;

    public long Progress => _checkpoints.Progress + (knn?.Progress ?? 0);

    public KnnResult? Knn => knn?.Newest?.ToResult();

    public RunCurves Curves()
    {
        var points = _metrics.History;
        return new()
        {
            Steps = { points.Select(p => p.Step) },
            Loss = { points.Select(p => p.Loss) },
            ImagesPerSecond = { points.Select(p => p.ImagesPerSecond) },
            Knn = { (knn?.Lines ?? []).TakeLast(MostEvaluations).Select(line => line.ToResult()) },
        };
    }

    public bool Use(Plan plan) => !_replaced && folder.Use(plan.Generation);

    // The scribe before may have died between a commit and its line.
    public async Task CatchUpAsync(RecentSteps recent)
    {
        ArgumentNullException.ThrowIfNull(recent);
        var known = recent.From(_metrics.LastStep).ToList();
        if (known.Count > 0 && known[0].Step > _metrics.LastStep) LogGap(_metrics.LastStep + 1, known[0].Step, recipe.Run.Folder);
        foreach (var step in known) await AfterStepAsync(step);
        if (_metrics.LastStep < state.Step) LogGap(_metrics.LastStep + 1, state.Step, recipe.Run.Folder);
    }

    public async Task AfterStepAsync(StepOutcome step)
    {
        ArgumentNullException.ThrowIfNull(step);
        if (_replaced || (_replaced = folder.IsReplaced()))
        {
            LogReplaced(recipe.Run.Folder);
            return;
        }
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastCommit, now).TotalSeconds;
        (_lastCommit, _digest) = (now, step.Digest);
        _metrics.Write(new StepMetrics
        {
            Step = step.Step + 1,
            Epoch = shape.EpochOf(step.Step),
            Loss = step.Report.Loss,
            Digest = step.Digest,
            ImagesPerSecond = Math.Round(shape.GlobalBatch / Math.Max(seconds, 1e-9), 3),
            Generation = step.Plan.Generation,
            Nodes = step.Plan.Members.Count(member => !member.Listens),
            DataWaitShare = Math.Round(step.DataWaitShare, 4),
            Data = new Dictionary<string, long> { ["images"] = step.Data.Images, ["bytes"] = step.Data.Bytes, ["replaced"] = step.Data.Replaced, ["cache_hits"] = step.Data.CacheHits },
            Seconds = step.Clock.ToDictionary(p => p.Key.ToString().ToLowerInvariant(), p => Math.Round(p.Value, 6)),
            BytesSent = step.BytesSent,
            BytesReceived = step.BytesReceived,
            Alarms = step.Report.Alarms.Count > 0 ? step.Report.Alarms.ToDictionary(alarm => alarm.Kind, alarm => alarm.Text) : null,
            Values = step.Report.Values,
        });
        _loggedStep = step.Step + 1;
        foreach (var alarm in step.Report.Alarms) LogAlarm(_loggedStep, alarm.Text);
        if (time.GetElapsedTime(_lastProgress, now) >= ProgressInterval)
        {
            LogProgress(_loggedStep, step.Plan.TotalSteps, step.Report.Loss, shape.GlobalBatch / Math.Max(seconds, 1e-9), 100 * step.DataWaitShare);
            _lastProgress = now;
        }
        _checkpoints.ThrowIfFailed();
        if (_loggedStep != state.Step) return;
        if (IsSavedAt(state.Step)) await SaveAsync();
        knn?.After(state);
    }

    public Task WriteAsync(NotFiniteReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (folder.IsReplaced()) return Task.CompletedTask;
        var target = NotFiniteReport.FolderOf(recipe.Run.Folder, report.Step);
        Directory.CreateDirectory(target);
        DurableFile.Publish(Path.Combine(target, NotFiniteReport.FileName), file => JsonSerializer.Serialize(file, report, Indented));
        return Task.CompletedTask;
    }

    public async Task HandOverAsync(long? doubtfulFrom)
    {
        try
        {
            await _checkpoints.FlushAsync();
        }
        catch (CheckpointException e)
        {
            LogFolder($"{e.Message} The node that writes now writes the next one."); // its own failure would end it
        }
        if (doubtfulFrom is { } step && !folder.IsReplaced()) _store.Clear(step - 1, isAlone: false);
    }

    public async Task FinishAsync()
    {
        // A step whose line could not be written is computed again: no checkpoint may lie beyond the log.
        _replaced = _replaced || folder.IsReplaced();
        if (!_replaced && _loggedStep > _savedStep && _loggedStep == state.Step) await SaveAsync();
        await _checkpoints.FlushAsync();
        if (knn is not null && !_replaced) await knn.FinishAsync(state);
    }

    public void Dispose()
    {
        knn?.Dispose();
        _metrics.Dispose();
        folder.Dispose();
    }

    [LoggerMessage(1020, LogLevel.Information, "step {Step} of {TotalSteps}, loss {Loss:F4}, {ImagesPerSecond:F1} images/s, data wait {DataWait:F1} %")]
    private partial void LogProgress(long step, long totalSteps, double loss, double imagesPerSecond, double dataWait);

    [LoggerMessage(1021, LogLevel.Warning, "{Folder} is written by another node now; this one writes no more")]
    private partial void LogReplaced(string folder);

    [LoggerMessage(1022, LogLevel.Warning, "no node knows the metrics of steps {First} to {Last}: their lines are missing in {Folder}")]
    private partial void LogGap(long first, long last, string folder);

    [LoggerMessage(1023, LogLevel.Warning, "{Message}")]
    private partial void LogFolder(string message);

    [LoggerMessage(1025, LogLevel.Warning, "step {Step}: {Text}")]
    private partial void LogAlarm(long step, string text);

    [LoggerMessage(1024, LogLevel.Warning, "{Message}")]
    private static partial void LogStore(ILogger logger, string message);

    // The scribe before may have died in it, or have written a state of its own.
    private static bool IsSaved(TrainingRecipe recipe, ReplicaState state)
    {
        if (state.Step == 0) return true;
        var folder = new CheckpointStore(recipe.Run.Folder).FolderOf(state.Step);
        try
        {
            return Directory.Exists(folder) && Checkpoint.Open(folder).Manifest.Digest == state.Digest();
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static CheckpointStore Store(TrainingRecipe recipe, RunShape shape, ILogger logger) =>
        new(recipe.Run.Folder, message => LogStore(logger, message), step => KeptEpochs.EndAt(step, shape, recipe.Run.KeepEveryEpochs));

    private static CheckpointStore Cleared(TrainingRecipe recipe, RunShape shape, long step, bool isAlone, ILogger logger)
    {
        var store = Store(recipe, shape, logger);
        store.Clear(step, isAlone);
        return store;
    }

    private bool IsSavedAt(long step) =>
        step % recipe.Run.CheckpointEverySteps == 0 || KeptEpochs.EndAt(step, shape, recipe.Run.KeepEveryEpochs);

    private async Task SaveAsync()
    {
        _metrics.Flush();
        var manifest = new CheckpointManifest
        {
            Step = state.Step,
            Epoch = shape.EpochOf(state.Step),
            Digest = _digest.Length > 0 ? _digest : state.Digest(),
            Run = folder.Run,
            RecipeHash = recipe.Hash,
            DatasetHash = datasetHash,
            Samples = shape.Samples,
            SizeBytes = 0,
            Written = time.GetUtcNow(),
            Recipe = JsonSerializer.Deserialize<JsonElement>(recipe.Json),
        };
        await _checkpoints.SaveAsync(state, size => manifest with { SizeBytes = size });
        _savedStep = state.Step;
    }
}
