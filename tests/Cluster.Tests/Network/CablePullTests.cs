using System.Diagnostics;
using Lockstep.Cluster.Tests.Chaos;
using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests.Network;

/// <summary>Coordinator and nodes on hosts of their own, whose cables are pulled.</summary>
[Collection(ChaosCollection.Name)]
public sealed class CablePullTests(ChaosTruth truth)
{
    private const int Nodes = 3, Steps = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task CablesPulledAndPluggedIn_OfANodeAndOfTheCoordinator_SameDigestsAsTheQuietRun()
    {
        await using var lab = await NetworkLab.CreateAsync(1 + Nodes);
        if (lab is null) Assert.Skip("network namespaces with bridges and veth are not to be had here");
        var folder = truth.NewFolder("cables");
        var run = Path.Combine(folder, "run");
        string[] both = [$"Run:Folder={run}", $"Run:Steps={ChaosTruth.EndlessSteps}"];
        var coordinatorAt = $"http://{NetworkLab.Address(0)}:7000";
        using var coordinator = Start(0, "coordinator", [$"Cluster:Listen={coordinatorAt}", $"Cluster:Nodes={Nodes}", "Cluster:NodeTimeoutSeconds=3"]);
        var nodes = Enumerable.Range(1, Nodes).Select(i => Start(i, "node",
            [$"Node:Name=node-{i}", $"Node:Coordinator={coordinatorAt}", $"Node:Listen=http://{NetworkLab.Address(i)}:7001", "Node:Lanes=1", "Node:ConnectTimeoutSeconds=120", $"Data:Train={truth.Train}"])).ToList();
        try
        {
            await ReachesAsync(Steps);

            // The machine of a node is cut off: the others go on; it comes back with its state behind theirs.
            await lab.PullCableAsync(Nodes);
            await UntilAsync(() => Lines("node-3 was lost"), 1, "the silent node is given up");
            await ReachesAsync(Committed() + Steps);
            var joined = Lines("node-3 joins");
            await lab.PlugInAsync(Nodes);
            await UntilAsync(() => Lines("node-3 joins"), joined + 1, "the node comes back");
            await ReachesAsync(Committed() + Steps);

            // That of the coordinator: nothing is committed meanwhile, and nothing is lost.
            await lab.PullCableAsync(0);
            await Task.Delay(TimeSpan.FromSeconds(5)); // longer than the coordinator waits for nodes
            await lab.PlugInAsync(0);
            await ReachesAsync(Committed() + Steps);

            coordinator.Interrupt();
            Assert.Equal(0, await coordinator.ExitAsync(Patience));
            foreach (var node in nodes) Assert.Equal(0, await node.ExitAsync(Patience));
            var digests = TinyRun.Digests(run);
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message}\n{string.Concat(nodes.Prepend(coordinator).Select(p => $"--- {p.Name}\n{p.Tail(15)}\n"))}{e.StackTrace}");
        }
        finally
        {
            foreach (var node in nodes) node.Dispose();
        }

        ChaosProcess Start(int host, string command, string[] settings) =>
            new($"{command}-{host}", Path.Combine(folder, $"{command}-{host}.log"), folder, [command, truth.Recipe, .. both, .. settings], new Dictionary<string, string>(), lab.On(host));

        int Committed() => MetricsLog.Read(run).Count;

        int Lines(string what) => coordinator.Tail(int.MaxValue).Split(what).Length - 1;

        Task ReachesAsync(int step) => UntilAsync(Committed, step, $"step {step}");

        async Task UntilAsync(Func<int> count, int least, string what)
        {
            for (var waited = Stopwatch.StartNew(); count() < least; await Task.Delay(50)) // polls files of other processes
            {
                if (waited.Elapsed > Patience) throw new TimeoutException($"{what}: not within {Patience.TotalSeconds:F0} s");
                if (nodes.Concat([coordinator]).FirstOrDefault(p => p.HasExited) is { } ended) throw new InvalidOperationException($"{ended.Name} ended with status {ended.ExitCode}");
            }
        }
    }
}
