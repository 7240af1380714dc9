using System.Globalization;

namespace Lockstep.Cli.Simulate;

/// <summary>A list of numbers of nodes as a user writes it: 1,2,4 or 1,2,...,1024,10000 (doubling).</summary>
internal static class NodeList
{
    private const int Most = 1_000_000;

    /// <summary>The numbers, ascending, each once; or what is wrong.</summary>
    public static (IReadOnlyList<int> Nodes, string? Problem) Parse(string text)
    {
        var nodes = new SortedSet<int>();
        var (last, doubling) = (0, false);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part == "...")
            {
                if (last == 0 || doubling) return ([], "--nodes: '...' stands between two numbers, as in 1,2,...,1024");
                doubling = true;
                continue;
            }
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > Most)
                return ([], $"--nodes: '{part}' is no number of nodes (1 to {Most}; e.g. 1,2,4 or 1,2,...,1024)");
            for (var between = 2L * last; doubling && between < number; between *= 2) nodes.Add((int)between);
            nodes.Add(number);
            (last, doubling) = (number, false);
        }
        return doubling ? ([], "--nodes: '...' stands between two numbers, as in 1,2,...,1024") : ([.. nodes], null);
    }
}
