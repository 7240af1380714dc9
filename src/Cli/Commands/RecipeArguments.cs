using System.CommandLine;
using Lockstep.Cli.Recipes;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>RECIPE [Section:Key=value ...], which several commands take.</summary>
internal sealed class RecipeArguments
{
    private readonly Argument<string> _recipe = new("RECIPE") { Description = "A recipe file, or the name of one that 'lockstep recipes' lists." };

    private readonly Argument<string[]> _overrides = new("Section:Key=value")
    {
        Description = "Settings that win over the recipe, e.g. Run:Steps=100 Data:Train=photos Dino:LocalCropsScale=[0.1,0.4].",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public void AddTo(Command command)
    {
        command.Add(_recipe);
        command.Add(_overrides);
    }

    /// <exception cref="RecipeException">The recipe or an override is wrong.</exception>
    public TrainingRecipe Load(ParseResult parsed) =>
        RecipeLoader.Load(parsed.GetValue(_recipe)!, parsed.GetValue(_overrides) ?? []);
}
