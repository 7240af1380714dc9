using System.Text.Json;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;
using TorchSharp;

namespace Lockstep.Node.Replica.NotFinite;

/// <summary>
/// Finds out why a step is not finite, by computing its microbatches again: a contribution is a function of the state, the step
/// and the microbatch, so any node can do it for all, and finds the same.
/// </summary>
public sealed class StepDiagnosis(TrainingRecipe recipe, IPretrainingMethod method, RunShape shape, ISampleSource source, EpochOrder order, ComputeDevice device)
{
    // With weights that are not finite every microbatch is not: the first ones tell as much as all.
    private const int Enough = 8;

    /// <summary>Looks at a step that the state has not taken.</summary>
    /// <param name="state">The state before the step; read only.</param>
    /// <param name="sum">The step's sum.</param>
    /// <param name="run">Identifier of the run.</param>
    /// <param name="data">Serves the microbatches of the step.</param>
    /// <param name="progress">Is told of each microbatch.</param>
    /// <exception cref="OperationCanceledException">The node ends.</exception>
    public NotFiniteReport Run(ReplicaState state, FlatBuffer sum, string run, MicrobatchPrefetcher data, Action progress, CancellationToken cancellationToken)
    {
        torch.set_num_threads(1); // as in the lanes
        var suspects = new List<SuspectMicrobatch>();
        var samples = new SampleOrder(shape, order);
        var microbatch = 0;
        using var lane = device.IsStaged ? new DeviceLane(method, state, shape.MicrobatchSize, device) : method.CreateLane(state);
        using var views = new ViewTensors(method.Views, shape.MicrobatchSize);
        for (; microbatch < shape.Microbatches && suspects.Count < Enough; microbatch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = torch.NewDisposeScope();
            using var batch = data.Take(state.Step, microbatch, cancellationToken);
            var tensors = views.Fill(batch);
            if (TensorFault.Of(lane.Compute(tensors, microbatch)) is { Count: > 0 } faults)
            {
                var seen = lane.Examine(tensors, microbatch);
                suspects.Add(new(microbatch, seen.Numbers, [.. Samples(samples, state.Step, microbatch, seen.Rows)], faults));
            }
            progress();
        }
        return new()
        {
            Step = state.Step,
            Epoch = shape.EpochOf(state.Step),
            Loss = sum.SpanOf("stat.loss")[0] / shape.Microbatches,
            Run = run,
            RecipeHash = recipe.Hash,
            StateDigest = state.Digest(),
            Again = $"lockstep train {Path.Combine(recipe.Run.Folder, "recipe.json")} resumes at step {state.Step}, and computes it again",
            State = [.. state.Layout.Sections.SelectMany(section => TensorFault.Of(state[section.Name], section.Name + "."))],
            Sum = TensorFault.Of(sum),
            Microbatches = shape.Microbatches,
            ComputedAgain = microbatch,
            Suspects = suspects,
            Recipe = JsonSerializer.Deserialize<JsonElement>(recipe.Json),
        };
    }

    private IEnumerable<SuspectSample> Samples(SampleOrder samples, long step, int microbatch, IReadOnlyList<int> standOut)
    {
        for (var row = 0; row < shape.MicrobatchSize; row++)
        {
            var (epoch, sample) = samples.SampleAt(step, microbatch, row);
            yield return new(row, epoch, sample, source.NameOf(sample), standOut.Contains(row));
        }
    }
}
