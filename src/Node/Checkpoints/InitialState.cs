using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Checkpoints;

/// <summary>The state before the first step: from chance, and from the weights that the recipe names.</summary>
public static class InitialState
{
    /// <param name="tell">Hears what of the weights was taken.</param>
    /// <exception cref="InvalidDataException">The weights cannot be read or do not fit.</exception>
    public static void Fill(TrainingRecipe recipe, IPretrainingMethod method, ReplicaState state, Action<string> tell)
    {
        method.Initialize(state);
        var start = recipe.Start;
        if (start.Weights.Length == 0) return;
        var digest = WeightsFile.DigestOf(start.Weights);
        if (digest != start.Digest)
            throw new InvalidDataException($"'{start.Weights}' is another file than the recipe's: its digest is {digest[..12]}, Start:Digest is {start.Digest[..12]}. Give the right file, or leave Start:Digest empty");
        using var weights = WeightsFile.Open(start.Weights);
        foreach (var line in method.Begin(state, weights, start.Section, start.ResizePositions)) tell($"begins with {line}");
    }
}
