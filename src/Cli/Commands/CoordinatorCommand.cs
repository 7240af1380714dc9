using System.CommandLine;
using Lockstep.Cli.Launch;
using Lockstep.Cli.Telemetry;
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
        var journal = new Option<string?>("--journal") { Description = "A folder for the run's journal: a coordinator that was killed goes on where it was when started again with it." };
        var adopt = new Option<bool>("--adopt") { Description = "Take the run over from its nodes when its journal is lost." };
        var leaveStatus = Outcomes.LeaveStatus();
        var command = new Command("coordinator", """
            Runs the coordinator of a run: waits for Cluster:Nodes nodes, assigns microbatches, commits steps. Nodes may die, leave
            and join at any time; with --journal the coordinator itself may. SIGTERM ends the run, or with Cluster:OnTerminate=handover
            this process alone; Ctrl-C ends the run.

            Example:
              lockstep coordinator dino-cifar10-vit Cluster:Nodes=8 Cluster:Listen=http://0.0.0.0:7000 --journal /var/lib/lockstep/run-a
            """);
        recipe.AddTo(command);
        command.Add(addressFile);
        command.Add(journal);
        command.Add(adopt);
        command.Add(leaveStatus);
        command.SetAction(async (parsed, _) =>
        {
            var loaded = recipe.Load(parsed);
            using var export = OtlpExport.Start("lockstep-coordinator", Environment.MachineName);
            var finish = await CoordinatorApp.RunAsync(new CoordinatorOptions
            {
                Listen = loaded.Cluster.Listen,
                StatusListen = loaded.Cluster.StatusListen,
                HealthListen = loaded.Cluster.HealthListen,
                Security = loaded.Security,
                ExpectedNodes = loaded.Cluster.Nodes,
                MinNodes = loaded.Cluster.MinNodes,
                RecipeHash = loaded.Hash,
                Steps = loaded.Run.Steps > 0 ? loaded.Run.Steps : null,
                Epochs = loaded.Run.Epochs,
                CarriesLastBatch = loaded.Data.Carries,
                GlobalBatch = loaded.Run.GlobalBatch,
                Microbatches = loaded.Run.Microbatches,
                Reducer = loaded.Cluster.Reducer,
                GroupSize = loaded.Cluster.GroupSize,
                ReturnWaitSeconds = loaded.Cluster.ReturnWaitSeconds,
                DigestEverySteps = loaded.Cluster.DigestEverySteps,
                OnTerminate = loaded.Cluster.OnTerminate,
                Journal = parsed.GetValue(journal),
                Adopt = parsed.GetValue(adopt),
                SliceFloats = loaded.Cluster.SliceFloats,
                NodeTimeoutSeconds = loaded.Cluster.NodeTimeoutSeconds,
                AllowMixed = loaded.Cluster.AllowMixed,
                AddressFile = parsed.GetValue(addressFile),
                TraceEverySteps = loaded.Telemetry.TraceEverySteps,
            }, export.With(ProcessLog.Configure), ParentWatch.Token());
            return Outcomes.ExitCode(finish, parsed.GetValue(leaveStatus));
        });
        return command;
    }
}
