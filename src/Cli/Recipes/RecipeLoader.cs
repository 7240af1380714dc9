using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lockstep.Models.Options;
using Lockstep.Models.Weights;
using Lockstep.Node.Recipes;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Configuration;

namespace Lockstep.Cli.Recipes;

/// <summary>
/// Makes a validated recipe: recipes/defaults.json, then the recipe, then LOCKSTEP_Section__Key in the environment, then
/// Section:Key=value on the command line. Reports all faults at once.
/// </summary>
public static class RecipeLoader
{
    private const string EnvironmentPrefix = "LOCKSTEP_";

    // An epoch so long that any part of it that is worth naming has a step.
    private const long ManySteps = 1_000_000;

    /// <param name="nameOrPath">A file, or the name of one in recipes/.</param>
    /// <param name="overrides">Section:Key=value; a list as Section:Key=[a,b].</param>
    /// <exception cref="RecipeException">Something is missing, unknown or out of range.</exception>
    public static TrainingRecipe Load(string nameOrPath, IReadOnlyList<string> overrides)
    {
        var environment = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(IsOverride)
            .Select(k => $"{k[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal)}={Environment.GetEnvironmentVariable(k)}");
        var (settings, faults) = Read(
            new ConfigurationBuilder().AddJsonFile(RecipeFolder.Defaults), RecipeFolder.Find(nameOrPath), [.. environment.Order(StringComparer.Ordinal), .. overrides]);
        return Bind(settings, faults);
    }

    /// <summary>Whether an environment variable overrides a setting.</summary>
    public static bool IsOverride(string variable) =>
        variable.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) && variable.Contains("__", StringComparison.Ordinal);

    /// <summary>
    /// A recipe from the text that a checkpoint keeps. The environment has no say in it; settings that came after the run was
    /// begun have their defaults.
    /// </summary>
    public static TrainingRecipe FromJson(JsonElement json, IReadOnlyList<string> overrides)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(json.GetRawText()));
        var (settings, faults) = Read(new ConfigurationBuilder().AddJsonFile(RecipeFolder.Defaults).AddJsonStream(stream), null, overrides);
        return Bind(settings, faults);
    }

    private static (IConfiguration Settings, List<string> Faults) Read(IConfigurationBuilder builder, string? path, IReadOnlyList<string> overrides)
    {
        var faults = new List<string>();
        try
        {
            if (path is not null) builder.AddJsonFile(Path.GetFullPath(path));
            builder.AddInMemoryCollection(Overrides(overrides, faults));
            return (builder.Build(), faults);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            throw new RecipeException($"the recipe '{path}' cannot be read: {e.GetBaseException().Message}");
        }
    }

    private static Dictionary<string, string?> Overrides(IEnumerable<string> texts, List<string> faults)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                faults.Add(text.StartsWith('-')
                    ? $"'{text}' is no option of this command; --help lists them. Settings are written Section:Key=value, e.g. Run:Steps=100"
                    : $"'{text}' is not an override; write Section:Key=value, e.g. Run:Steps=100");
                continue;
            }
            var (key, value) = (text[..equals], text[(equals + 1)..]);
            if (RecipeKeys.IsList(key) && value.StartsWith('[') && value.EndsWith(']'))
            {
                foreach (var (item, index) in value[1..^1].Split(',').Select((item, index) => (item, index)))
                    values[$"{key}:{index}"] = item.Trim();
            }
            else values[key] = value;
        }
        return values;
    }

    // Weights decide by what they are, not by where they lie. A checkpoint's recipe has their digest already.
    private static void FindDigest(IConfiguration settings, List<string> faults)
    {
        var path = settings["Start:Weights"];
        if (string.IsNullOrEmpty(path) || !string.IsNullOrEmpty(settings["Start:Digest"])) return;
        try
        {
            settings["Start:Digest"] = WeightsFile.DigestOf(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"Start:Weights cannot be read: {e.Message.TrimEnd('.')}. Where only other machines have the file, give its digest as Start:Digest ('lockstep inspect FILE' prints it)");
        }
    }

    private static TrainingRecipe Bind(IConfiguration settings, List<string> faults)
    {
        FindDigest(settings, faults);
        if (settings["Model:Arch"] is { } arch) settings["Model:Arch"] = ModelOptions.ArchOf(arch);
        var leaves = settings.AsEnumerable().Where(s => s.Value is not null).OrderBy(s => s.Key, StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var (key, value) in leaves)
        {
            if (!RecipeKeys.IsKnown(key)) faults.Add($"unknown key {key}; {OriginalOptions.Hint(key) ?? $"did you mean {RecipeKeys.Nearest(key)}?"}");
            else if (RecipeKeys.Fault(key, value!) is { } fault) faults.Add(fault);
        }
        if (faults.Count > 0) throw new RecipeException(faults);

        var deciding = leaves.Where(l => RecipeKeys.Decides(l.Key))
            .ToDictionary(l => RecipeKeys.SpellingOf(l.Key), l => RecipeKeys.Canonical(l.Key, l.Value!), StringComparer.OrdinalIgnoreCase);
        var recipe = new TrainingRecipe
        {
            Method = settings["Method"] ?? "",
            Run = Section<RunOptions>(settings, "Run", faults),
            Data = Section<DataOptions>(settings, "Data", faults),
            Model = Section<ModelOptions>(settings, "Model", faults),
            Dino = Section<DinoOptions>(settings, "Dino", faults),
            Optim = Section<OptimOptions>(settings, "Optim", faults),
            Augment = Section<AugmentOptions>(settings, "Augment", faults),
            Start = Section<StartOptions>(settings, "Start", faults),
            Cluster = Section<ClusterOptions>(settings, "Cluster", faults),
            Node = Section<NodeOptions>(settings, "Node", faults),
            Security = Section<SecurityOptions>(settings, "Security", faults),
            Evaluation = Section<EvaluationOptions>(settings, "Evaluation", faults),
            Watch = Section<WatchOptions>(settings, "Watch", faults),
            Telemetry = Section<TelemetryOptions>(settings, "Telemetry", faults),
            Deciding = deciding,
            Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', deciding.Select(d => $"{d.Key}={d.Value}"))))),
            Json = RecipeJson.Write(settings),
        };
        // What must hold between sections, the method itself knows; the number of images plays no part in it.
        if (faults.Count == 0) faults.AddRange(recipe.MethodErrors(recipe.ShapeFor(ManySteps * recipe.Run.GlobalBatch)));
        if (faults.Count > 0) throw new RecipeException(faults);
        return recipe;
    }

    private static T Section<T>(IConfiguration settings, string name, List<string> faults) where T : class
    {
        var options = settings.GetSection(name).Get<T>() ?? throw new RecipeException($"the recipe has no section {name}");
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
            faults.AddRange(results.Select(r => r.ErrorMessage ?? $"section {name} is not valid"));
        return options;
    }
}
