using System.Text.Json.Nodes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Observability;

/// <summary>The alert rules and the dashboard's expressions as Prometheus evaluates them: promtool, with the series of lockstep-alerts.test.yaml.</summary>
public sealed class AlertRuleTests : IDisposable
{
    private const string Rules = "deploy/k8s/components/observability/lockstep-alerts.yaml", Dashboard = "deploy/k8s/components/observability/lockstep-dashboard.json";
    private const string Cases = "tests/Deploy.Tests/Observability/lockstep-alerts.test.yaml";

    // A coordinator that was moved: the numbers of both are told for five minutes.
    private const string Moved = """
        - { series: 'lockstep_steps_committed{k8s_namespace_name="a",k8s_node_name="m1"}', values: "300x30" }
        - { series: 'lockstep_steps_committed{k8s_namespace_name="a",k8s_node_name="m2"}', values: "_x25 300+10x5" }
        - { series: 'lockstep_steps_total{k8s_namespace_name="a",k8s_node_name="m1"}', values: "680x30" }
        - { series: 'lockstep_steps_total{k8s_namespace_name="a",k8s_node_name="m2"}', values: "_x25 680x5" }
        - { series: 'lockstep_loss_ratio{k8s_namespace_name="a",k8s_node_name="m1"}', values: "5x30" }
        - { series: 'lockstep_loss_ratio{k8s_namespace_name="a",k8s_node_name="m2"}', values: "_x25 5x5" }
        - { series: 'lockstep_nodes{k8s_namespace_name="a",k8s_node_name="m1",lockstep_node_state="computing"}', values: "3x30" }
        - { series: 'lockstep_nodes{k8s_namespace_name="a",k8s_node_name="m1",lockstep_node_state="prepared"}', values: "1x30" }
        - { series: 'lockstep_nodes{k8s_namespace_name="a",k8s_node_name="m2",lockstep_node_state="computing"}', values: "_x25 3x5" }
        - { series: 'lockstep_nodes{k8s_namespace_name="a",k8s_node_name="m2",lockstep_node_state="prepared"}', values: "_x25 1x5" }
        - { series: 'lockstep_samples_total{k8s_namespace_name="a",k8s_node_name="m1"}', values: "90000x30" }
        - { series: 'lockstep_samples_total{k8s_namespace_name="a",k8s_node_name="m2"}', values: "_x25 60+60x5" }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-alerts-").FullName;

    /// <summary>What is in the rules, and what is put there in its place.</summary>
    public static TheoryData<string, string> Mutations => new()
    {
        { "expr: max by (k8s_namespace_name) (sum without", "expr: sum by (k8s_namespace_name) (sum without" },
        { "expr: max by (k8s_namespace_name) (lockstep_steps_committed)", "expr: min by (k8s_namespace_name) (lockstep_steps_committed)" },
        { "changes(lockstep:steps_committed[5m]) == 0", "changes(lockstep:steps_committed[20m]) == 0" },
        { "(last_over_time(lockstep:steps_committed[1d]) < last_over_time(lockstep:steps_total[1d])) unless lockstep:steps_committed", "absent(lockstep_steps_committed)" },
        { "lockstep:nodes_at_work < lockstep:nodes_wanted\n", "vector(0) > 1\n" },
        { "increase(lockstep_faults_total{lockstep_fault_kind=~\"lost|silent|stuck|failed\"}[1h])) > 0", "increase(lockstep_faults_total{lockstep_fault_kind=~\"lost|silent|stuck|failed\"}[1h])) >= 0" },
        { "lockstep:nodes_at_work < max_over_time(lockstep:nodes_at_work[1h])", "lockstep:nodes_at_work < max_over_time(lockstep:nodes_at_work[1m])" },
        { "unless (lockstep:steps_committed >= lockstep:steps_total and lockstep:steps_total > 0)", "unless (lockstep:steps_committed > lockstep:steps_total and lockstep:steps_total > 0)" },
        { "increase(lockstep_generations_total[15m])) > 5", "increase(lockstep_generations_total[15m])) > 1" },
        { "increase(lockstep_digest_mismatches_total[1h])) > 0", "increase(lockstep_digest_mismatches_total[1h])) > 2" },
        { "increase(lockstep_steps_refused_total[15m])) > 0", "increase(lockstep_steps_refused_total[15m])) > 5" },
        { "lockstep_loss_ratio != lockstep_loss_ratio or ", "" },
        { "increase(lockstep_checkpoint_failures_total[30m])) > 0", "increase(lockstep_checkpoint_failures_total[30m])) > 2" },
        { "by (k8s_namespace_name) (rate(lockstep_step_duration_seconds_sum[10m])) > 0.2", "(rate(lockstep_step_duration_seconds_sum[10m])) > 0.2" },
        { "> 0.4", "> 0.3" },
        { "1.5 * quantile", "1.3 * quantile" },
        { "rate(lockstep_compute_duration_seconds_count[15m])) > 0)", "rate(lockstep_compute_duration_seconds_count[15m])))" },
        { "/ sum by (k8s_namespace_name) (increase(lockstep_samples_total[1h])) > 0.01", "/ scalar(increase(lockstep_samples_total[1h])) > 0.01" },
        { "sum by (k8s_namespace_name) (increase(lockstep_samples_replaced_total[1h]))", "max by (k8s_namespace_name) (increase(lockstep_samples_replaced_total[1h]))" },
        { "> 0.05", "> 0.03" },
        { "sum by (k8s_namespace_name) (increase(lockstep_refusals_total{lockstep_refusal_kind!=\"stream\"}[10m])) > 10", "increase(lockstep_refusals_total{lockstep_refusal_kind!=\"stream\"}[10m]) > 10" },
        { "lockstep_refusal_kind!=\"stream\"", "lockstep_refusal_kind!=\"nothing\"" },
    };

    [Fact]
    public async Task Alerts_FireWhenTheyShould_AndNotElse() => Assert.Contains("SUCCESS", await TestAsync(Repository.Read(Rules)));

    // Minutes of promtool altogether.
    [Theory, MemberData(nameof(Mutations)), Trait("Category", "Long")]
    public async Task Mutation_OfARule_IsFound(string before, string after)
    {
        Assert.NotEmpty(Promtool.Path);
        var rules = Repository.Read(Rules);
        Assert.Contains(before, rules);
        var failure = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => TestAsync(rules.Replace(before, after, StringComparison.Ordinal)));
        Assert.Contains("FAILED", failure.Message);
        Assert.DoesNotContain("error", failure.Message); // it still is a rule
    }

    [Fact]
    public void EveryAlert_HasACaseInWhichItFires_AndOneInWhichItDoesNot()
    {
        var asked = Yaml.Parse(Repository.Read(Cases)).Single().Items("tests").SelectMany(test => test.Items("alert_rule_test")).ToList();
        Assert.All(Yaml.Parse(Repository.Read(Rules)).Single().Items("groups").SelectMany(group => group.Items("rules")).Select(rule => rule.Text("alert")).Where(name => name.Length > 0), alert =>
        {
            Assert.Contains(asked, one => one.Text("alertname") == alert && one.Items("exp_alerts").Any());
            Assert.Contains(asked, one => one.Text("alertname") == alert && !one.Items("exp_alerts").Any());
        });
    }

    [Fact]
    public async Task Dashboard_ExpressionsAreOnes()
    {
        var rules = Panels().Select((target, place) => new JsonObject { ["record"] = $"panel:{place}", ["expr"] = target.Expression }).ToArray<JsonNode>();
        var file = Path.Combine(_folder, "panels.yaml");
        await File.WriteAllTextAsync(file, new JsonObject { ["groups"] = new JsonArray(new JsonObject { ["name"] = "panels", ["rules"] = new JsonArray(rules) }) }.ToJsonString());

        Assert.Contains($"{rules.Length} rules found", await Promtool.RunAsync(_folder, "check", "rules", file));
    }

    [Fact]
    public async Task Dashboard_OfACoordinatorThatWasMoved_ShowsNothingTwice()
    {
        var tests = Panels().SelectMany(panel => (JsonObject?[])(panel.Title switch
        {
            "Progress" => [Asks(panel, "{0}", 0.5)],
            "Nodes at work" => [Asks(panel, "{0}", 4)],
            "Nodes by state" => [Asks(panel, "sum({0})", 4)],
            "Time left" or "Loss" => [Asks(panel, "count({0})", 1)],
            "Images a second" => [Asks(panel, "{0}", 1)],
            _ => [],
        })).ToArray<JsonNode?>();
        Assert.Equal(8, tests.Length);
        var file = new JsonObject
        {
            ["evaluation_interval"] = "1m",
            ["tests"] = new JsonArray(new JsonObject { ["interval"] = "1m", ["input_series"] = Yaml.Parse(Moved).Single(), ["promql_expr_test"] = new JsonArray(tests) }),
        };
        await File.WriteAllTextAsync(Path.Combine(_folder, "panels.test.yaml"), file.ToJsonString());

        Assert.Contains("SUCCESS", await Promtool.RunAsync(_folder, "test", "rules", "panels.test.yaml"));

        static JsonObject Asks((string Title, string Expression) panel, string about, double value) => new()
        {
            ["expr"] = about.Replace("{0}", panel.Expression, StringComparison.Ordinal),
            ["eval_time"] = "29m",
            ["exp_samples"] = new JsonArray(new JsonObject { ["labels"] = "{}", ["value"] = value }),
        };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> TestAsync(string rules)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "rules.yaml"), rules);
        await File.WriteAllTextAsync(Path.Combine(_folder, "cases.yaml"), Repository.Read(Cases).Replace("rule_files: [RULES]", "rule_files: [rules.yaml]", StringComparison.Ordinal));
        return await Promtool.RunAsync(_folder, "test", "rules", "cases.yaml");
    }

    // With Grafana's variables filled in.
    private static IEnumerable<(string Title, string Expression)> Panels() => JsonNode.Parse(Repository.Read(Dashboard)).Items("panels").SelectMany(panel => panel.Items("targets").Select(target => (panel.Text("title"),
        target.Text("expr").Replace("$namespace", "a", StringComparison.Ordinal).Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "6h", StringComparison.Ordinal))));
}
