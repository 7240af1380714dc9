using Lockstep.Models.Dino;
using Lockstep.Models.Options;

namespace Lockstep.Models;

/// <summary>The methods by the names that recipes use.</summary>
public static class MethodRegistry
{
    private static readonly SortedDictionary<string, Entry> Methods = new(StringComparer.Ordinal)
    {
        ["dino"] = new(DinoRules.Errors, (options, run) => new DinoMethod(options, run)),
    };

    /// <summary>Names that <see cref="Create"/> knows, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Methods.Keys;

    /// <summary>All that is wrong with a recipe for a method; makes no network, and does not load libtorch.</summary>
    public static IReadOnlyList<string> Errors(string name, MethodOptions options, RunShape run) =>
        Methods.TryGetValue(name, out var method) ? method.Errors(options, run) : [Unknown(name)];

    /// <exception cref="ArgumentException">The name is unknown, or the options are invalid; the message says all that is wrong.</exception>
    public static IPretrainingMethod Create(string name, MethodOptions options, RunShape run) =>
        Methods.TryGetValue(name, out var method) ? method.Create(options, run) : throw new ArgumentException(Unknown(name));

    private static string Unknown(string name) => $"the method '{name}' is not known: set Method to {string.Join(" or ", Names)}";

    private sealed record Entry(Func<MethodOptions, RunShape, IReadOnlyList<string>> Errors, Func<MethodOptions, RunShape, IPretrainingMethod> Create);
}
