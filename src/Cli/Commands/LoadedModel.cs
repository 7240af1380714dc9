using Lockstep.Cli.Recipes;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>A checkpoint's network, ready to evaluate.</summary>
internal sealed class LoadedModel : IDisposable
{
    private LoadedModel(TrainingRecipe recipe, ReplicaState state, IFeatureExtractor extractor) =>
        (Recipe, State, Extractor) = (recipe, state, extractor);

    public TrainingRecipe Recipe { get; }

    public ReplicaState State { get; }

    public IFeatureExtractor Extractor { get; }

    /// <summary>The EMA teacher (or the student) of a checkpoint folder, or of a run folder's newest checkpoint.</summary>
    public static LoadedModel FromCheckpoint(string folder, string section)
    {
        TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
        var checkpoint = Directory.Exists(Path.Combine(folder, "checkpoints"))
            ? new CheckpointStore(folder).Latest(damage => Console.Error.WriteLine($"warning: {damage}"))
                ?? throw new CheckpointException($"'{folder}' has no checkpoint that can be read; train first, or name another folder")
            : Checkpoint.Open(folder);
        var recipe = RecipeLoader.FromJson(checkpoint.Manifest.Recipe, []);
        var method = recipe.CreateMethod(recipe.ShapeFor(checkpoint.Manifest.Samples));
        var state = new ReplicaState(method.State);
        checkpoint.LoadInto(state);
        return new LoadedModel(recipe, state, method.CreateFeatureExtractor(state, section));
    }

    /// <summary>The recipe's network before its first step.</summary>
    public static LoadedModel Initial(TrainingRecipe recipe, long samples)
    {
        TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
        var method = recipe.CreateMethod(recipe.ShapeFor(samples));
        var state = new ReplicaState(method.State);
        method.Initialize(state);
        return new LoadedModel(recipe, state, method.CreateFeatureExtractor(state, "teacher"));
    }

    /// <summary>Images as this network wants them.</summary>
    public LabelledImages Images(string folder, bool needLabels = true) =>
        new(folder, Extractor.ImageSize, Recipe.Augment.Mean, Recipe.Augment.Std, needLabels, warning => Console.Error.WriteLine($"warning: {warning}"));

    public void Dispose()
    {
        Extractor.Dispose();
        State.Dispose();
    }
}
