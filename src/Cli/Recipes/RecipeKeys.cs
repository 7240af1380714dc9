using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Lockstep.Models.Options;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Recipes;

/// <summary>The keys that a recipe may have, read off the options records, and the types of their values.</summary>
internal static class RecipeKeys
{
    /// <summary>Sections whose settings all decide the result of a run.</summary>
    public static readonly IReadOnlyList<string> DecidingSections = ["Method", "Model", "Dino", "Optim", "Augment"];

    // Of sections in which other settings do not.
    private static readonly string[] DecidingKeys =
    [
        "Run:Seed", "Run:Steps", "Run:Epochs", "Run:GlobalBatch", "Run:Microbatches",
        "Data:Order", "Data:ShuffleShards", "Data:ShardSamples", "Data:LastBatch",
        "Start:Digest", "Start:Section", "Start:ResizePositions",
    ];

    private static readonly Dictionary<string, Type> Known = Collect();

    public static bool IsKnown(string key) => Known.ContainsKey(WithoutIndex(key));

    public static bool IsList(string key) => Known.TryGetValue(key, out var type) && type.IsArray;

    public static bool Decides(string key) =>
        DecidingSections.Any(s => key == s || key.StartsWith(s + ":", StringComparison.OrdinalIgnoreCase))
        || DecidingKeys.Contains(key, StringComparer.OrdinalIgnoreCase);

    /// <summary>Null when the text is a value of the key's type, otherwise what is wrong.</summary>
    public static string? Fault(string key, string text)
    {
        var type = Known[WithoutIndex(key)];
        if (type.IsArray)
        {
            if (WithoutIndex(key) == key) return $"{key} is '{text}'; it wants a list such as [0.4, 1]";
            type = type.GetElementType()!;
        }
        if (type == typeof(string)) return null;
        try
        {
            _ = TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, text);
            return null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
        {
            return $"{key} is '{text}', which is not {NameOf(type)}";
        }
    }

    /// <summary>One spelling for equal values: 0.04 and 4e-2, True and true. Text stays as it is.</summary>
    public static string Canonical(string key, string value)
    {
        var type = Known[WithoutIndex(key)];
        if (type == typeof(string)) return value;
        if ((type.GetElementType() ?? type) != typeof(double))
            return decimal.TryParse(value, CultureInfo.InvariantCulture, out var whole) ? whole.ToString("0", CultureInfo.InvariantCulture) : value.ToLowerInvariant();
        return double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number.ToString("R", CultureInfo.InvariantCulture) : value;
    }

    /// <summary>A key as the options spell it: settings are not sensitive to case, hashes are.</summary>
    public static string SpellingOf(string key)
    {
        var known = WithoutIndex(key);
        return Known.Keys.First(k => k.Equals(known, StringComparison.OrdinalIgnoreCase)) + key[known.Length..];
    }

    /// <summary>The known key that looks most like an unknown one.</summary>
    public static string Nearest(string key) => Known.Keys.MinBy(k => Distance(k.ToUpperInvariant(), key.ToUpperInvariant()))!;

    /// <summary>The key of the list that a key is an item of; any other key itself.</summary>
    public static string WithoutIndex(string key)
    {
        var last = key.LastIndexOf(':');
        return last > 0 && int.TryParse(key.AsSpan(last + 1), out _) ? key[..last] : key;
    }

    private static string NameOf(Type type) =>
        type == typeof(bool) ? "true or false" : type == typeof(double) ? "a number" : "a whole number in range";

    private static Dictionary<string, Type> Collect()
    {
        var known = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
        {
            ["Method"] = typeof(string),
            ["Name"] = typeof(string),
            ["Comment"] = typeof(string),
        };
        foreach (var section in typeof(TrainingRecipe).GetProperties().Where(p => p.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)))
        {
            foreach (var property in section.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.CanWrite) known.Add($"{section.Name}:{property.Name}", property.PropertyType);
            }
        }
        return known;
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? diagonal : 1 + Math.Min(diagonal, Math.Min(row[j], row[j - 1]));
                (diagonal, row[j]) = (row[j], cost);
            }
        }
        return row[b.Length];
    }
}
