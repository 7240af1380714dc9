using Lockstep.Models;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Tests;

/// <summary>A recipe for parts that read little of one.</summary>
internal static class Recipes
{
    public const string Hash = "recipe-hash";

    public static readonly RunShape Shape = new(Seed: 1, Samples: 64, GlobalBatch: 16, Microbatches: 8, TotalSteps: 100);

    public static TrainingRecipe In(string folder, string hash = Hash, long checkpointEverySteps = 1000, int keepEveryEpochs = 0) => new()
    {
        Method = "dino",
        Run = new RunOptions { Folder = folder, CheckpointEverySteps = checkpointEverySteps, KeepCheckpoints = 2, KeepEveryEpochs = keepEveryEpochs },
        Data = new DataOptions(),
        Model = null!,
        Dino = null!,
        Optim = null!,
        Augment = null!,
        Cluster = new ClusterOptions(),
        Node = new NodeOptions(),
        Evaluation = new EvaluationOptions(),
        Deciding = new Dictionary<string, string>(),
        Hash = hash,
        Json = "{}",
    };
}
