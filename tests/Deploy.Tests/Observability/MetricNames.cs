namespace Lockstep.Deploy.Tests.Observability;

/// <summary>deploy/k8s/components/observability/metrics.txt: the metrics that rules and dashboard use, and what Prometheus calls them.</summary>
internal static class MetricNames
{
    private static readonly Dictionary<string, string> Units = new() { ["s"] = "_seconds", ["By"] = "_bytes" };

    /// <summary>Name, kind and unit of each.</summary>
    public static IReadOnlyList<(string Name, string Kind, string Unit)> All { get; } =
    [
        .. Repository.Read("deploy/k8s/components/observability/metrics.txt").Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(parts => (parts[0], parts[1], parts[2])),
    ];

    /// <summary>Series as OpenTelemetry's rules for Prometheus name them: points become underscores, units and kinds suffixes.</summary>
    public static IReadOnlySet<string> Series { get; } = All.SelectMany(metric => Of(metric.Name, metric.Kind, metric.Unit)).ToHashSet();

    private static IEnumerable<string> Of(string name, string kind, string unit)
    {
        var whole = name.Replace('.', '_') + Units.GetValueOrDefault(unit, "");
        return kind switch
        {
            "counter" => [$"{whole}_total"],
            "gauge" when unit == "1" => [$"{whole}_ratio"],
            "gauge" or "updowncounter" => [whole],
            "histogram" => [$"{whole}_bucket", $"{whole}_sum", $"{whole}_count"],
            _ => throw new InvalidDataException($"{name} is a {kind}"),
        };
    }
}
