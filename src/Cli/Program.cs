using System.CommandLine;
using System.CommandLine.Invocation;
using System.ComponentModel.DataAnnotations;
using Lockstep.Cli.Commands;
using Lockstep.Cli.Launch;
using Lockstep.Cli.Recipes;
using Lockstep.Coordinator;
using Lockstep.Coordinator.Journal;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;
using Lockstep.Node.Images;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Session;

namespace Lockstep.Cli;

/// <summary>The lockstep tool. Exit status: 0 done, 1 failed, 2 wrong use; train, demo and data stopped by Ctrl-C: 130.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        NativeEnvironment.Apply();
        var root = new RootCommand("Lockstep pretrains image backbones without labels on many nodes at once, with the same result whatever their number.")
        {
            DemoCommand.Create(),
            TrainCommand.Create(),
            CoordinatorCommand.Create(),
            NodeCommand.Create(),
            StatusCommand.CreateStatus(),
            StatusCommand.CreateWatch(),
            EvalCommand.Create(),
            VisualizeCommand.Create(),
            EmbedCommand.Create(),
            SearchCommand.Create(),
            SamplesCommand.Create(),
            DataCommand.Create(),
            RecipesCommand.Create(),
            InspectCommand.Create(),
            ExportCommand.Create(),
            DoctorCommand.Create(),
            CertsCommand.Create(),
            SimulateCommand.Create(),
            HealthCommand.Create(),
        };
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction wrongUse) wrongUse.ShowHelp = false; // the error stands alone; --help shows the rest
        try
        {
            // Signals belong to the hosts and the launcher, not to the parser.
            var status = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            return parsed.Errors.Count > 0 ? 2 : status;
        }
        catch (RecipeException e)
        {
            foreach (var fault in e.Faults) Console.Error.WriteLine($"error: {fault}");
            return 2;
        }
        catch (DeviceException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 2;
        }
        catch (DllNotFoundException e)
        {
            Console.Error.WriteLine($"error: a native library is missing: {e.Message} './lockstep setup' installs what is needed.");
            return 1;
        }
        catch (Exception e) when (IsExpected(e))
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 1;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"error: a fault of Lockstep itself; please report it with these lines\n{e}");
            return 1;
        }
    }

    // These carry a message that names the thing and the remedy; anything else is our own fault and shows its stack.
    private static bool IsExpected(Exception e) =>
        e is CheckpointException or DataException or SessionException or CoordinatorStartException or JournalException or ImageDecodeException or ValidationException or InvalidDataException or IOException or UnauthorizedAccessException;
}
