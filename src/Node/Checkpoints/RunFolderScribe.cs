using System.Text.Json;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;

namespace Lockstep.Node.Checkpoints;

/// <summary>Writes metrics.jsonl and the checkpoints of a run folder.</summary>
public sealed class RunFolderScribe(
    TrainingRecipe recipe, RunShape shape, ReplicaState state, string run, string datasetHash, TimeProvider time) : IScribe, IDisposable
{
    private readonly MetricsLog _metrics = MetricsLog.Open(recipe.Run.Folder, state.Step);
    private readonly CheckpointWriter _checkpoints = new(new CheckpointStore(recipe.Run.Folder), state.Layout, recipe.Run.KeepCheckpoints);
    private long _loggedStep = state.Step, _savedStep = state.Step;
    private string _digest = "";
    private long _lastCommit = time.GetTimestamp();

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
        if (state.Step % recipe.Run.CheckpointEverySteps == 0) await SaveAsync();
    }

    public async Task FinishAsync()
    {
        // A step whose line could not be written is computed again: no checkpoint may lie beyond the log.
        if (_loggedStep > _savedStep && _loggedStep == state.Step) await SaveAsync();
        await _checkpoints.FlushAsync();
    }

    public void Dispose() => _metrics.Dispose();

    private async Task SaveAsync()
    {
        _metrics.Flush();
        var manifest = new CheckpointManifest
        {
            Step = state.Step,
            Epoch = shape.EpochOf(state.Step),
            Digest = _digest,
            Run = run,
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
