using Lockstep.Cli.Recipes;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Benchmarks;

/// <summary>A recipe's method with a state at step 0, one lane and one microbatch of random views.</summary>
internal sealed class RecipeLane : IDisposable
{
    private const int Images = 1_281_167; // ImageNet's

    public RecipeLane(string recipe, IEnumerable<string> settings)
    {
        set_num_threads(1);
        Recipe = RecipeLoader.Load(recipe, ["Data:Train=.", .. settings]);
        Shape = Recipe.ShapeFor(Images);
        Method = Recipe.CreateMethod(Shape);
        State = new ReplicaState(Method.State);
        Method.Initialize(State);
        Lane = Method.CreateLane(State);
        Views = [.. Method.Views.Select(v => rand(Shape.MicrobatchSize, 3, v.Size, v.Size).DetachFromDisposeScope())];
    }

    public TrainingRecipe Recipe { get; }

    public RunShape Shape { get; }

    public IPretrainingMethod Method { get; }

    public ReplicaState State { get; }

    public ILane Lane { get; }

    public Tensor[] Views { get; }

    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return ordered[ordered.Count / 2];
    }

    public void Dispose()
    {
        Lane.Dispose();
        State.Dispose();
        foreach (var view in Views) view.Dispose();
    }
}
