namespace Lockstep.Cli.Recipes;

/// <summary>The recipes that come with the tool, beside its program file.</summary>
public static class RecipeFolder
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "recipes");

    public static string Defaults { get; } = Path.Combine(Folder, "defaults.json");

    /// <summary>Paths of the complete recipes, by name.</summary>
    public static IEnumerable<string> All =>
        Directory.EnumerateFiles(Folder, "*.json").Where(f => Path.GetFullPath(f) != Path.GetFullPath(Defaults)).Order(StringComparer.Ordinal);

    /// <exception cref="RecipeException">Neither a file nor a known name.</exception>
    public static string Find(string nameOrPath)
    {
        if (File.Exists(nameOrPath)) return nameOrPath;
        // "dino-demo" and "recipes/dino-demo.json" mean the same, wherever the tool is started; other paths must exist.
        var isName = Path.GetDirectoryName(nameOrPath) is "" or "recipes";
        var named = Path.Combine(Folder, Path.GetFileNameWithoutExtension(nameOrPath) + ".json");
        if (isName && File.Exists(named)) return named;
        throw new RecipeException(
            $"no recipe '{nameOrPath}': neither a file nor one of {string.Join(", ", All.Select(Path.GetFileNameWithoutExtension))}. 'lockstep recipes' lists them.");
    }
}
