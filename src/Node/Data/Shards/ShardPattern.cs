using System.Globalization;
using System.Text.RegularExpressions;

namespace Lockstep.Node.Data.Shards;

/// <summary>Shards by number, as WebDataset writes them: name-{000000..000146}.tar is 147 files.</summary>
internal static partial class ShardPattern
{
    private const int MostShards = 1_000_000;

    /// <summary>The file names of a pattern, without their folder; false if the path is none.</summary>
    /// <exception cref="DataException">It is a pattern, but names no shards.</exception>
    public static bool TryExpand(string path, out IReadOnlyList<string> names)
    {
        names = [];
        var name = Path.GetFileName(path);
        if (!name.Contains('{')) return false;
        if (Pattern().Match(name) is not { Success: true } match
            || !int.TryParse(match.Groups["first"].Value, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(match.Groups["last"].Value, CultureInfo.InvariantCulture, out var last)
            || last < first || last - first >= MostShards)
            throw new DataException($"'{path}' is no pattern of shards. Patterns look like name-{{000000..000146}}.tar: one range of numbers that grow, in braces.");
        // {8..12} counts 8, 9, 10; {08..12} counts 08, 09, 10.
        var digits = match.Groups["first"].Value.StartsWith('0') ? $"D{match.Groups["first"].Length}" : "D";
        names = [.. Enumerable.Range(first, last - first + 1).Select(n =>
            match.Groups["before"].Value + n.ToString(digits, CultureInfo.InvariantCulture) + match.Groups["after"].Value)];
        return true;
    }

    [GeneratedRegex(@"^(?<before>[^{}]*)\{(?<first>[0-9]{1,9})\.\.(?<last>[0-9]{1,9})\}(?<after>[^{}]*\.tar)$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
