using System.Diagnostics;
using System.Text.Json;
using Lockstep.Node.Metrics;
using Lockstep.Protos;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>Processes that are asked to stop, as when a pod is moved, or that hang: what they did goes on elsewhere, the run's lines are those of a quiet one.</summary>
[Collection(ChaosCollection.Name)]
public sealed class HandoverTests(ChaosTruth truth)
{
    private const int Handovers = 3, StepsBetween = 20;
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public Task CoordinatorTerminatedUnderLoad_Exits0AtOnce_NodesStay_SameDigestsAsTheQuietRun() =>
        PlayAsync("handover", ["Cluster:OnTerminate=handover", "Cluster:NodeTimeoutSeconds=3", "Cluster:StatusListen=http://127.0.0.1:0"], (Handovers + 1) * StepsBetween, async (cluster, watch) =>
        {
            for (var i = 1; i <= Handovers; i++)
            {
                var epoch = watch.Last!.Epoch;
                cluster.Coordinator.Terminate();
                Assert.Equal(0, await cluster.Coordinator.ExitAsync(TimeSpan.FromSeconds(10)));
                Assert.Contains("it hands over to its journal", cluster.Coordinator.Tail(5), StringComparison.Ordinal);
                await cluster.StartCoordinatorAsync();
                await watch.UntilAsync(s => s.Epoch == epoch + 1 && watch.CommittedInEpoch >= StepsBetween, Soon, $"the run goes on after handover {i}");
            }
            Assert.All(cluster.Members, member => Assert.False(member.Process!.HasExited, member.Name));
            await PageKnowsTheStepsBeforeAsync(watch.Last!.StatusPage, cluster.RunFolder);
        });

    [Fact]
    public Task EachNodeTerminatedUnderLoad_Exits0_AndComesBack_SameDigestsAsTheQuietRun() =>
        PlayAsync("terminated", ["Cluster:NodeTimeoutSeconds=10"], 3 * StepsBetween, async (cluster, watch) =>
        {
            foreach (var member in cluster.Members) // the first is the one that writes the run folder
            {
                member.Process!.Terminate();
                Assert.Equal(0, await member.Process.ExitAsync(TimeSpan.FromSeconds(30)));
                var before = watch.Last!.CommittedSteps;
                await watch.UntilAsync(s => s.Nodes.Count == 1 && s.CommittedSteps >= before + StepsBetween, Soon, $"the run goes on without {member.Name}");
                cluster.StartNode(member);
                await watch.UntilAsync(BothWork, Soon, $"{member.Name} is back");
            }
            Assert.Equal(0, watch.Last!.LostMicrobatches); // who leaves in good order loses nothing
        });

    // The second node is the scribe and has taken the folder when it hangs in its turn, and the first is the scribe again.
    [Fact]
    public Task BothNodesFrozenInTurn_TheFirstWritesAgain_NoLineIsMissing() =>
        PlayAsync("turns", ["Cluster:NodeTimeoutSeconds=2", "Cluster:ReturnWaitSeconds=2"], 3 * StepsBetween, async (cluster, watch) =>
        {
            var (first, second) = (cluster.Members[0].Process!, cluster.Members[1].Process!);
            first.Halt();
            await watch.UntilAsync(s => s.Nodes.Count == 1 && s.Nodes[0].Node == cluster.Members[1].Name && s.CommittedSteps >= 2 * StepsBetween, Soon, "the second node goes on alone");
            second.Halt();
            await watch.UntilAsync(s => s.Nodes.Count == 0, Soon, "nobody is left");
            var generation = watch.Last!.Generation;
            first.Continue();
            await watch.UntilAsync(s => s.Generation > generation && s.Nodes.Count == 1 && s.Nodes[0].Node == cluster.Members[0].Name && s.CommittedSteps >= 3 * StepsBetween, Soon, "the first node goes on alone");
            second.Continue();
            await watch.UntilAsync(BothWork, Soon, "both work");
        }, mayGiveStepsUp: true); // those that only the second had while it hung

    // The node that writes the run folder tells each coordinator what was before it.
    private static async Task PageKnowsTheStepsBeforeAsync(string page, string runFolder)
    {
        using var http = new HttpClient();
        List<(long Step, double Loss)> shown;
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(50)) // polls a process: it is told with a heartbeat
        {
            var history = JsonDocument.Parse(await http.GetStringAsync(new Uri(new Uri(page), "/history.json"))).RootElement;
            shown = [.. history.GetProperty("steps").EnumerateArray().Zip(history.GetProperty("loss").EnumerateArray(), (step, loss) => (step.GetInt64(), loss.GetDouble()))];
            if (shown is [(1, _), ..] || waited.Elapsed > Soon) break;
        }
        var before = MetricsLog.Read(runFolder).Take(Handovers * StepsBetween).Select(line => (line.Step, line.Loss)).ToList();
        Assert.Equal(before, shown.Take(before.Count));
    }

    private static bool BothWork(RunStatus status) => status.Nodes.Count == 2 && status.Nodes.All(node => node.MicrobatchCount > 0);

    // Two nodes at work; what is done to them; Ctrl-C, and a look at the run folder.
    private async Task PlayAsync(string name, string[] settings, int leastSteps, Func<ChaosCluster, StatusWatch, Task> play, bool mayGiveStepsUp = false)
    {
        await using var cluster = new ChaosCluster(truth.Options(name, nodes: 2, guests: 0, ChaosTruth.EndlessSteps) with { Proxies = false, Cluster = settings });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.CommittedSteps >= StepsBetween, TimeSpan.FromMinutes(2), "the run begins");
            await play(cluster, watch);
            cluster.Coordinator.Interrupt();
            await cluster.WaitForEndAsync(Soon);

            var digests = TinyRun.Digests(cluster.RunFolder); // no line is missing
            Assert.True(digests.Count >= leastSteps, $"only {digests.Count} steps were committed");
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
            if (!mayGiveStepsUp) Assert.Empty(watch.Violations);
            Assert.Empty(cluster.BadExits());
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message}\n{cluster.Describe()}\n{e.StackTrace}");
        }
    }
}
