using System.Globalization;
using System.Text.Json.Nodes;

namespace Lockstep.Deploy.Tests.Manifests;

/// <summary>Ways into a tree of JSON, of which any part may be missing.</summary>
internal static class JsonPath
{
    /// <summary>The node below by these keys; numbers are places in a list. Null when there is none.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            node = node switch
            {
                JsonObject map => map[key],
                JsonArray list when int.TryParse(key, CultureInfo.InvariantCulture, out var place) && place < list.Count => list[place],
                _ => null,
            };
        }
        return node;
    }

    public static string Text(this JsonNode? node, params ReadOnlySpan<string> path) => node.At(path)?.ToString() ?? "";

    public static bool Is(this JsonNode? node, bool expected, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var found) && found == expected;

    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is not JsonValue value ? null : value.TryGetValue<long>(out var number) ? number : value.TryGetValue<int>(out var small) ? small : null;

    /// <summary>The items of a list that are maps; none when there is no list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The items of a list as texts.</summary>
    public static IReadOnlyList<string> Texts(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray list ? [.. list.Select(item => item?.ToString() ?? "")] : [];

    /// <summary>A map of texts, such as labels.</summary>
    public static IReadOnlyDictionary<string, string> Map(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonObject map ? map.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") : [];

    /// <summary>Whether labels have all that a selector by labels names; an empty one selects all.</summary>
    public static bool Selects(this JsonNode? selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Map("matchLabels").All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value)
        && selector.Items("matchExpressions").All(expression =>
            expression.Text("operator") == "In" && expression.Texts("values").Contains(labels.GetValueOrDefault(expression.Text("key"), "")));
}
