namespace Lockstep.Cli.Recipes;

/// <summary>A recipe or an option is wrong. The message holds all faults, one a line, each with its remedy.</summary>
public sealed class RecipeException(IReadOnlyList<string> faults) : Exception(string.Join('\n', faults))
{
    public RecipeException(string fault) : this([fault])
    {
    }

    public IReadOnlyList<string> Faults { get; } = faults;
}
