using System.CommandLine;
using System.Text.Json;
using Lockstep.Cli.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep recipes: the complete runs that come with the tool.</summary>
internal static class RecipesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "Shows this recipe with all defaults filled in.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("recipes", """
            Lists the recipes, or shows one as it would run.

            Examples:
              lockstep recipes
              lockstep recipes dino-demo
            """) { name };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is { } wanted)
            {
                Console.WriteLine(RecipeLoader.Load(wanted, ["Run:Folder=runs/NAME"]).Json);
                return 0;
            }
            foreach (var path in RecipeFolder.All)
            {
                using var json = JsonDocument.Parse(File.ReadAllBytes(path));
                var comment = json.RootElement.TryGetProperty("Comment", out var text) ? text.GetString() : "";
                Console.WriteLine($"{Path.GetFileNameWithoutExtension(path),-30} {comment}");
            }
            return 0;
        });
        return command;
    }
}
