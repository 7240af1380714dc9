using System.Text.Json;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Protos;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Checkpoints;

/// <summary>Writes metrics.jsonl and the checkpoints of a run folder.</summary>
public sealed partial class RunFolderScribe(
    TrainingRecipe recipe, RunShape shape, ReplicaState state, Plan plan, string datasetHash, TimeProvider time, ILogger logger) : IScribe, IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);
    private readonly MetricsLog _metrics = MetricsLog.Open(recipe.Run.Folder, state.Step);
    private readonly CheckpointWriter _checkpoints = new(new CheckpointStore(recipe.Run.Folder), state.Layout, recipe.Run.KeepCheckpoints);
    private long _loggedStep = state.Step, _savedStep = state.Step;
    private string _digest = "";
    private long _lastCommit = time.GetTimestamp(), _lastProgress = time.GetTimestamp();

    public string RunFolder => recipe.Run.Folder;

    public async Task AfterStepAsync(StepOutcome step)
    {
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
            Nodes = step.Plan.Nodes,
            Seconds = Enum.GetValues<StepPhase>().ToDictionary(p => p.ToString().ToLowerInvariant(), p => Math.Round(step.Clock[p], 6)),
            BytesSent = step.BytesSent,
            BytesReceived = step.BytesReceived,
            Values = step.Report.Values,
        });
        _loggedStep = state.Step;
        if (time.GetElapsedTime(_lastProgress, now) >= ProgressInterval)
        {
            LogProgress(state.Step, plan.TotalSteps, step.Report.Loss, shape.GlobalBatch / Math.Max(seconds, 1e-9));
            _lastProgress = now;
        }
        _checkpoints.ThrowIfFailed();
        if (state.Step % recipe.Run.CheckpointEverySteps == 0) await SaveAsync();
    }

    public async Task FinishAsync()
    {
        // A step whose line could not be written is computed again: no checkpoint may lie beyond the log.
        if (_loggedStep > _savedStep && _loggedStep == state.Step) await SaveAsync();
        await _checkpoints.FlushAsync();
    }

    public void Dispose() => _metrics.Dispose();

    [LoggerMessage(1020, LogLevel.Information, "step {Step} of {TotalSteps}, loss {Loss:F4}, {ImagesPerSecond:F1} images/s")]
    private partial void LogProgress(long step, long totalSteps, double loss, double imagesPerSecond);

    private async Task SaveAsync()
    {
        _metrics.Flush();
        var manifest = new CheckpointManifest
        {
            Step = state.Step,
            Epoch = shape.EpochOf(state.Step),
            Digest = _digest,
            Run = plan.Run,
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
