namespace Lockstep.Coordinator.Journal;

/// <summary>Whether a coordinator may go on from a journal.</summary>
public static class JournalRules
{
    /// <summary>Why a coordinator with this recipe may not continue the journal in <paramref name="folder"/>; null when it may.</summary>
    public static string? Refusal(JournalState state, string recipeHash, string folder)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Run.Length == 0 || state.RecipeHash == recipeHash) return null;
        return $"The journal in {folder} is of run {state.Run} with recipe {state.RecipeHash}, but this coordinator was started with recipe {recipeHash}. "
            + "Start it with that run's recipe and settings to go on with the run, or name another folder to begin a new one.";
    }
}
