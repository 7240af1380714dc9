using System.CommandLine;
using Lockstep.Cli.Launch;
using Lockstep.Cli.Recipes;
using Lockstep.Cli.Telemetry;
using Lockstep.Node.Hosting;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep node: a process that computes.</summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var recipe = new RecipeArguments();
        var leaveStatus = Outcomes.LeaveStatus();
        var command = new Command("node", """
            Runs one node: reads images, computes its microbatches, applies what all nodes have summed. It may join a run at any
            time. SIGTERM or Ctrl-C: it finishes its step and leaves, the run goes on. A lost coordinator is dialled again.

            Example:
              lockstep node dino-cifar10-vit Data:Train=/data/train Run:Folder=/runs/a Node:Coordinator=http://coordinator:7000
            """);
        recipe.AddTo(command);
        command.Add(leaveStatus);
        command.SetAction(async (parsed, _) =>
        {
            var loaded = recipe.Load(parsed);
            if (loaded.Data.Train.Length == 0)
                throw new RecipeException("Data:Train is empty; name the folder of training images, e.g. Data:Train=photos");
            (string Key, string Address)[] addresses = [("Node:Coordinator", loaded.Node.Coordinator), ("Node:Listen", loaded.Node.Listen), ("Node:Advertise", loaded.Node.Advertise)];
            if (addresses.Select(a => HttpAddress.Fault(a.Key, a.Address, loaded.Security.Scheme)).OfType<string>().ToArray() is { Length: > 0 } faults) throw new RecipeException(faults);
            using var export = OtlpExport.Start("lockstep-node", loaded.Node.ResolvedName);
            return Outcomes.ExitCode(await NodeApp.RunAsync(loaded, export.With(ProcessLog.Configure), ParentWatch.Token()), parsed.GetValue(leaveStatus));
        });
        return command;
    }
}
