using Lockstep.Models.Dino;
using Lockstep.Models.Options;

namespace Lockstep.Models;

/// <summary>The methods by the names that recipes use.</summary>
public static class MethodRegistry
{
    private static readonly SortedDictionary<string, Func<MethodOptions, RunShape, IPretrainingMethod>> Methods = new(StringComparer.Ordinal)
    {
        ["dino"] = (options, run) => new DinoMethod(options, run),
    };

    /// <summary>Names that <see cref="Create"/> knows, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => Methods.Keys;

    /// <exception cref="ArgumentException">The name is unknown, or the options are invalid; the message says all that is wrong.</exception>
    public static IPretrainingMethod Create(string name, MethodOptions options, RunShape run) =>
        Methods.TryGetValue(name, out var create)
            ? create(options, run)
            : throw new ArgumentException($"the method '{name}' is not known: set Method to {string.Join(" or ", Names)}");
}
