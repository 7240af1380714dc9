using System.Globalization;

namespace Lockstep.Cluster.Tests;

/// <summary>The processes that a process of the tool has started.</summary>
internal static class Children
{
    public static IReadOnlyList<int> Of(int processId) =>
    [
        .. Directory.EnumerateDirectories($"/proc/{processId}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
    ];

    /// <summary>The child that was started with an argument, e.g. Node:Name=node-1.</summary>
    public static int With(int processId, string argument) =>
        Of(processId).Single(id => File.ReadAllText($"/proc/{id}/cmdline").Split('\0').Contains(argument));
}
