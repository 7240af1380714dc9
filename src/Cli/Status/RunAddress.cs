using Lockstep.Cli.Recipes;
using Lockstep.Node.Checkpoints;

namespace Lockstep.Cli.Status;

/// <summary>Where a run's coordinator is.</summary>
internal static class RunAddress
{
    /// <summary>Written by <c>lockstep train</c> while its coordinator lives.</summary>
    public const string FileName = "coordinator.address";

    /// <summary>The coordinator of an address, or of a run folder of this machine.</summary>
    /// <exception cref="InvalidDataException">It is neither, or nothing runs in the folder.</exception>
    public static Uri Of(string addressOrFolder)
    {
        if (Uri.TryCreate(addressOrFolder, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)) return address;
        if (!Directory.Exists(addressOrFolder))
            throw new InvalidDataException($"'{addressOrFolder}' is neither an address such as http://10.0.0.1:7000 nor a run folder");
        var file = Path.Combine(addressOrFolder, FileName);
        if (!File.Exists(file))
            throw new InvalidDataException($"nothing runs in '{addressOrFolder}' (it has no {FileName}){LastOf(addressOrFolder)}. A coordinator on another machine is asked by its address, e.g. http://10.0.0.1:7000");
        return new Uri(File.ReadAllText(file).Trim());
    }

    // What became of a run that runs no more.
    private static string LastOf(string folder)
    {
        try
        {
            if (new CheckpointStore(folder).Latest(_ => { })?.Manifest is not { } last) return "";
            return IsComplete(last)
                ? $"; the run is complete at step {last.Step}"
                : $"; the run stopped at step {last.Step}, and 'lockstep train' with the same arguments goes on";
        }
        catch (CheckpointException e)
        {
            return $"; {e.Message.TrimEnd('.')}";
        }
    }

    private static bool IsComplete(CheckpointManifest last)
    {
        try
        {
            return last.Step >= RecipeLoader.FromJson(last.Recipe, []).ShapeFor(last.Samples).TotalSteps;
        }
        catch (RecipeException)
        {
            return false; // of another version; 'lockstep train' says what is wrong with it
        }
    }
}
