using System.CommandLine;
using Lockstep.Cli.Launch;
using Lockstep.Coordinator;
using Lockstep.Protos;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep coordinator: the process that keeps the nodes of a run in step.</summary>
internal static class CoordinatorCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var addressFile = new Option<string?>("--address-file") { Description = "A file to write the address to once the coordinator listens (for Cluster:Listen with port 0)." };
        var command = new Command("coordinator", """
            Runs the coordinator of a run: waits for Cluster:Nodes nodes, assigns microbatches, sums gradients, commits steps.

            Example:
              lockstep coordinator dino-cifar10 Cluster:Nodes=8 Cluster:Listen=http://0.0.0.0:7000
            """);
        recipe.AddTo(command);
        command.Add(addressFile);
        command.SetAction(async (parsed, _) =>
        {
            var loaded = recipe.Load(parsed);
            var finish = await CoordinatorApp.RunAsync(new CoordinatorOptions
            {
                Listen = loaded.Cluster.Listen,
                ExpectedNodes = loaded.Cluster.Nodes,
                RecipeHash = loaded.Hash,
                Steps = loaded.Run.Steps > 0 ? loaded.Run.Steps : null,
                Epochs = loaded.Run.Epochs,
                GlobalBatch = loaded.Run.GlobalBatch,
                Microbatches = loaded.Run.Microbatches,
                Reducer = loaded.Cluster.Reducer,
                SliceFloats = loaded.Cluster.SliceFloats,
                NodeTimeoutSeconds = loaded.Cluster.NodeTimeoutSeconds,
                AllowMixed = loaded.Cluster.AllowMixed,
                AddressFile = parsed.GetValue(addressFile),
            }, ProcessLog.Configure, ParentWatch.Token());
            return Outcomes.ExitCode(finish);
        });
        return command;
    }
}
