using System.CommandLine;
using Lockstep.Cli.Launch;
using Lockstep.Cli.Recipes;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep train: a whole run on this machine.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var nodes = new Option<int>("--nodes") { Description = "Node processes on this machine; they share its cores.", DefaultValueFactory = _ => 1 };
        nodes.Require(n => n is >= 1 and <= 256, "--nodes must be a number between 1 and 256");
        var command = new Command("train", """
            Trains a recipe with a coordinator and N nodes on this machine.
            Running it again with the same Run:Folder resumes after the newest checkpoint.

            Examples:
              lockstep train dino-cifar10 Data:Train=cifar10/train --nodes 2
              lockstep train dino-vits16-imagenet Data:Train=imagenet/train Node:Device=cuda --nodes 8
              lockstep train my-recipe.json Run:Folder=runs/a Run:Steps=1000 Optim:LearningRate=0.001
            """);
        recipe.AddTo(command);
        command.Add(nodes);
        command.SetAction((parsed, _) => RunAsync(recipe.Load(parsed), parsed.GetValue(nodes)));
        return command;
    }

    internal static async Task<int> RunAsync(TrainingRecipe recipe, int nodes)
    {
        if (recipe.Data.Train.Length == 0)
            throw new RecipeException("Data:Train is empty; name the training images: a folder, a list or tar shards, e.g. Data:Train=photos");
        if (nodes > recipe.Run.Microbatches)
            throw new RecipeException($"--nodes {nodes} is more than Run:Microbatches ({recipe.Run.Microbatches}): some nodes would have nothing to do. Use fewer nodes.");
        // What the nodes would find out later, said at once: a device that is not there, images that cannot be used, another run in the folder.
        _ = ComputeDevice.Open("Node:Device", recipe.Node.Device);
        StoredSource source;
        using (var line = new CountLine("images listed"))
            source = SampleSource.Open(recipe.Data.Train, warning => Console.Error.WriteLine($"warning: {warning}"), line.Show);
        var order = EpochOrder.Of(recipe.Data, source);
        var shape = recipe.ShapeFor(source.Count);
        if (new CheckpointStore(recipe.Run.Folder).Latest(damage => Console.Error.WriteLine($"warning: {damage}")) is { } checkpoint)
        {
            Resume.CheckSameRun(recipe, checkpoint, order.DatasetHash(source.Fingerprint));
            if (checkpoint.Manifest.Step >= shape.TotalSteps)
            {
                Console.WriteLine($"{recipe.Run.Folder} is complete: {checkpoint.Manifest.Step} of {shape.TotalSteps} steps, digest {checkpoint.Manifest.Digest}");
                return 0;
            }
            Console.WriteLine($"resuming at step {checkpoint.Manifest.Step} of {shape.TotalSteps} ({checkpoint.Folder})");
        }
        Console.WriteLine($"{recipe.Run.Folder}: {recipe.Method}, {recipe.Model.Arch}, {recipe.Run.GlobalBatch} images a step in {recipe.Run.Microbatches} microbatches, {nodes} node{(nodes == 1 ? "" : "s")}; images {order}");
        var status = await new LocalCluster(recipe, nodes).RunAsync(new ProgressLine(recipe.Run.GlobalBatch));
        if (status == 0) Console.WriteLine($"done: {recipe.Run.Folder} holds metrics.jsonl and checkpoints/");
        return status;
    }
}
