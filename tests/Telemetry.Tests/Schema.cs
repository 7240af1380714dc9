using System.Text.RegularExpressions;

namespace Lockstep.Telemetry.Tests;

/// <summary>The tables of docs/telemetry.md.</summary>
internal static partial class Schema
{
    private static readonly string[] Text = File.ReadAllLines(Path.Combine(Root(), "docs", "telemetry.md"));

    public static IReadOnlyDictionary<string, string[]> Spans { get; } = Table("span").ToDictionary(row => Name(row[0]), row => Quoted(row[3]));

    public static IReadOnlyDictionary<string, string[]> Events { get; } = Table("event of the root").ToDictionary(row => Name(row[0]), row => Quoted(row[1]));

    public static IReadOnlyList<(string Name, string Kind, string Unit, string[] Attributes)> Metrics { get; } =
        [.. Table("metric").Select(row => (Name(row[0]), row[1], row[2], Quoted(row[4])))];

    public static IReadOnlyList<string> Attributes { get; } = [.. Table("attribute").Select(row => Name(row[0]))];

    // The rows under the header whose first cell says this.
    private static List<string[]> Table(string header) =>
    [
        .. Text.SkipWhile(line => !line.StartsWith($"| {header} |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
    ];

    private static string Name(string cell) => Quoted(cell).Single();

    private static string[] Quoted(string cell) => [.. Backquoted().Matches(cell).Select(match => match.Groups[1].Value)];

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Lockstep.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Lockstep.slnx is in no folder above the tests");
        return folder;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Backquoted();
}
