using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Lockstep.Cli.Recipes;

/// <summary>Writes resolved settings as a recipe file would hold them; all values as text, lists as lists.</summary>
internal static class RecipeJson
{
    public static string Write(IConfiguration settings)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true })) WriteChildren(writer, settings);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteChildren(Utf8JsonWriter writer, IConfiguration section)
    {
        var children = section.GetChildren().ToList();
        if (children.Count > 0 && children.All(c => int.TryParse(c.Key, out _)))
        {
            writer.WriteStartArray();
            foreach (var child in children.OrderBy(c => int.Parse(c.Key, CultureInfo.InvariantCulture))) writer.WriteStringValue(RecipeKeys.Canonical(child.Path, child.Value!));
            writer.WriteEndArray();
            return;
        }
        writer.WriteStartObject();
        foreach (var child in children)
        {
            writer.WritePropertyName(child.Value is null ? SectionName(child) : Last(RecipeKeys.SpellingOf(child.Path)));
            if (child.Value is null) WriteChildren(writer, child);
            else writer.WriteStringValue(RecipeKeys.Canonical(child.Path, child.Value));
        }
        writer.WriteEndObject();
    }

    // A section or a list is spelt as in the first key below it.
    private static string SectionName(IConfigurationSection section)
    {
        var leaf = section.AsEnumerable().First(s => s.Value is not null).Key;
        var spelling = RecipeKeys.SpellingOf(leaf);
        return Last(spelling[..section.Path.Length]);
    }

    private static string Last(string path) => path[(path.LastIndexOf(':') + 1)..];
}
