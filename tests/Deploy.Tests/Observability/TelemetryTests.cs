using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Observability;

/// <summary>Alert rules, dashboard and collector speak of metrics that there are, and of each other's ports.</summary>
public sealed partial class TelemetryTests
{
    private const string Folder = "deploy/k8s/components/observability/";
    private static readonly string[] Labels = ["lockstep_node_state", "lockstep_fault_kind", "lockstep_refusal_kind"];
    private static readonly JsonNode Rules = Yaml.Parse(Repository.Read(Folder + "lockstep-alerts.yaml")).Single()!;
    private static readonly JsonNode Dashboard = JsonNode.Parse(Repository.Read(Folder + "lockstep-dashboard.json"))!;
    private static readonly JsonNode Collector = Yaml.Parse(Repository.Read(Folder + "collector-config.yaml")).Single()!;

    private static readonly JsonObject[] All = [.. Rules.Items("groups").SelectMany(group => group.Items("rules"))];

    public static TheoryData<string> Alerts => [.. All.Select(rule => rule.Text("alert")).Where(name => name.Length > 0)];

    [Theory, MemberData(nameof(Alerts))]
    public void Alert_IsComplete_AndUsesMetricsThatThereAre(string name)
    {
        var rule = All.Single(rule => rule.Text("alert") == name);
        Assert.StartsWith("Lockstep", name);
        Assert.Contains(rule.Text("labels", "severity"), (string[])["critical", "warning"]);
        Assert.NotEmpty(rule.Text("annotations", "summary"));
        Assert.NotEmpty(rule.Text("annotations", "description"));
        Assert.Equal($"docs/operations.md#{name.ToLowerInvariant()}", rule.Text("annotations", "runbook"));
        Assert.Contains($"\n### {name}\n", Repository.Read("docs/operations.md"));
        AssertExpression(rule.Text("expr"));
    }

    [Fact]
    public void Records_UseMetricsThatThereAre_AndAreUsed() => Assert.All(All.Where(rule => rule["record"] is not null), record =>
    {
        AssertExpression(record.Text("expr"));
        Assert.Contains(All, rule => rule["alert"] is not null && rule.Text("expr").Contains(record.Text("record"), StringComparison.Ordinal));
    });

    [Fact]
    public void Dashboard_UsesMetricsThatThereAre()
    {
        var panels = Dashboard.Items("panels").ToList();
        Assert.True(panels.Count >= 12, $"{panels.Count} panels");
        Assert.Equal(panels.Count, panels.Select(panel => panel.Number("id")).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.NotEmpty(panel.Text("title"));
            Assert.NotEmpty(panel.Text("description"));
            Assert.NotEmpty(panel.Items("targets"));
            Assert.All(panel.Items("targets"), target => AssertExpression(target.Text("expr")));
        });
    }

    [Fact]
    public void Dashboard_PanelsDoNotOverlap()
    {
        var cells = Dashboard.Items("panels").SelectMany(panel => Enumerable.Range((int)panel.Number("gridPos", "y")!, (int)panel.Number("gridPos", "h")!)
            .SelectMany(y => Enumerable.Range((int)panel.Number("gridPos", "x")!, (int)panel.Number("gridPos", "w")!).Select(x => (x, y)))).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.x, 0, 23));
    }

    [Fact]
    public void Metrics_AreAllUsed()
    {
        var used = Repository.Read(Folder + "lockstep-alerts.yaml") + Repository.Read(Folder + "lockstep-dashboard.json");
        Assert.All(MetricNames.All, metric => Assert.Contains(metric.Name.Replace('.', '_'), used));
    }

    [Fact]
    public void Metrics_AreThoseOfTheDocs()
    {
        const string Docs = "docs/telemetry.md";
        Assert.SkipUnless(File.Exists(Repository.PathOf(Docs)), $"{Docs} is not there yet: it lists the metrics");
        var text = Repository.Read(Docs);
        Assert.All(MetricNames.All, metric => Assert.Contains($"`{metric.Name}`", text));
    }

    [Fact]
    public void Collector_PipelinesAreMadeOfWhatIsThere()
    {
        foreach (var (name, pipeline) in Collector["service"]!["pipelines"]!.AsObject())
        {
            foreach (var kind in (string[])["receivers", "processors", "exporters"])
                Assert.All(pipeline.Texts(kind), part => Assert.True(Collector[kind]!.AsObject().ContainsKey(part), $"{name}: {part}"));
            Assert.Equal("memory_limiter", pipeline.Texts("processors")[0]); // first, or it comes too late
        }
        Assert.All(Collector.Texts("service", "extensions"), part => Assert.True(Collector["extensions"]!.AsObject().ContainsKey(part), part));
    }

    [Fact]
    public async Task Collector_ListensWhereItsServiceAndItsProbesLook()
    {
        var rendered = await Overlays.RenderAsync("observability");
        var pod = rendered.Pods.Single(pod => pod.Component == "otel-collector");
        long[] listens = [Port("receivers", "otlp", "protocols", "grpc", "endpoint"), Port("exporters", "prometheus", "endpoint"), Port("extensions", "health_check", "endpoint")];
        Assert.Equal(listens.Order(), pod.Main.Items("ports").Select(port => port.Number("containerPort")!.Value).Order());
        Assert.All(rendered.One("Service", "lockstep-otel-collector").Items("spec", "ports"), port => Assert.Contains(port.Number("port")!.Value, listens));
        Assert.Equal("collector-config.yaml", Path.GetFileName(pod.Arguments.Single()));

        static long Port(params string[] path) => long.Parse(Collector.Text(path).Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void AssertExpression(string expression)
    {
        Assert.NotEmpty(expression);
        foreach (var pair in (string[])["()", "[]", "{}"]) Assert.Equal(expression.Count(c => c == pair[0]), expression.Count(c => c == pair[1]));
        var known = All.Select(rule => rule.Text("record")).Concat(MetricNames.Series).ToHashSet();
        Assert.All(Name().Matches(expression).Select(match => match.Value).Except(Labels), name => Assert.Contains(name, known));
        Assert.Matches("lockstep[_:]|kube_", expression); // kube-state-metrics says how many nodes are wanted
    }

    // Of a metric, or of a rule that records.
    [GeneratedRegex(@"\blockstep[_:]\w+")]
    private static partial Regex Name();
}
