using System.Text.Json;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Checkpoints;

/// <summary>Where a run begins: at its newest readable checkpoint, or at the recipe's initial state.</summary>
public static class Resume
{
    /// <summary>A state to go on from, and the run that it belongs to (empty for a new one).</summary>
    /// <param name="report">Hears of damaged checkpoints that were passed over.</param>
    /// <param name="tell">Hears what weights a new run begins with.</param>
    /// <exception cref="CheckpointException">The folder holds another run.</exception>
    public static (ReplicaState State, string Run) Load(TrainingRecipe recipe, IPretrainingMethod method, string datasetHash, Action<string> report, Action<string> tell)
    {
        var state = new ReplicaState(method.State);
        var store = new CheckpointStore(recipe.Run.Folder);
        while (store.Latest(report) is { } checkpoint)
        {
            CheckSameRun(recipe, checkpoint, datasetHash);
            try
            {
                checkpoint.LoadInto(state);
                return (state, checkpoint.Manifest.Run);
            }
            catch (CheckpointException) when (!Directory.Exists(checkpoint.Folder))
            {
                // The run goes on meanwhile, and has removed it for a newer one.
            }
        }
        InitialState.Fill(recipe, method, state, tell);
        return (state, "");
    }

    /// <exception cref="CheckpointException">The checkpoint belongs to another recipe or another dataset; the message names what differs.</exception>
    public static void CheckSameRun(TrainingRecipe recipe, Checkpoint checkpoint, string datasetHash)
    {
        if (checkpoint.Manifest.RecipeHash != recipe.Hash)
        {
            var then = Flatten(checkpoint.Manifest.Recipe);
            var differences = recipe.Deciding
                .Where(d => then.GetValueOrDefault(d.Key) != d.Value)
                .Select(d => $"{d.Key} was {then.GetValueOrDefault(d.Key, "absent")}, is {d.Value}");
            throw new CheckpointException(
                $"'{recipe.Run.Folder}' holds another run: {string.Join("; ", differences)}. Give this one its own folder with Run:Folder=..., or restore the settings to resume.");
        }
        if (checkpoint.Manifest.DatasetHash != datasetHash)
        {
            var order = recipe.Data.Order == "auto" ? " The same images as files and as shards come in another order by themselves: only a run begun with Data:Order=permutation can go from one to the other." : "";
            throw new CheckpointException(
                $"the images in '{recipe.Data.Train}' are not those that the run in '{recipe.Run.Folder}' began with (other names, sizes or shards). Restore them, or start a new run with Run:Folder=....{order}");
        }
    }

    private static Dictionary<string, string> Flatten(JsonElement recipe)
    {
        var flat = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Visit(recipe, "");
        return flat;

        void Visit(JsonElement element, string path)
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    foreach (var property in element.EnumerateObject()) Visit(property.Value, Join(path, property.Name));
                    break;
                case JsonValueKind.Array:
                    foreach (var (item, index) in element.EnumerateArray().Select((item, index) => (item, index)))
                        Visit(item, Join(path, index.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                    break;
                default:
                    flat[path] = element.ToString();
                    break;
            }
        }

        static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";
    }
}
