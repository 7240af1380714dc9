using Lockstep.Cli.Commands;
using Lockstep.Cli.Launch;
using Lockstep.Cli.Recipes;
using Lockstep.Node.Hosting;

namespace Lockstep.Benchmarks.Faults;

/// <summary>A node as `lockstep node` runs it, but for the method and the images.</summary>
internal static class FaultsNode
{
    public const string Command = "faults-node";

    // Enough for a number of steps an epoch; the order of the samples is drawn anew for each.
    public const int Samples = 1 << 20;

    public static async Task<int> RunAsync(string[] args)
    {
        NativeEnvironment.Apply();
        var arguments = new Arguments(args);
        var options = FaultsOptions.From(arguments);
        var recipe = RecipeLoader.Load(arguments.Rest[0], [.. arguments.Rest.Skip(1)]);
        return Outcomes.ExitCode(await NodeApp.RunAsync(
            recipe, new PixelSource(Samples), shape => new SleepMethod(shape, options.Floats, options.MicrobatchTime), ProcessLog.Configure, ParentWatch.Token()));
    }
}
