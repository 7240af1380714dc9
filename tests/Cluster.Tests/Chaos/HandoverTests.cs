namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>SIGTERM, as when a pod is moved: the process ends, the run does not.</summary>
[Collection(ChaosCollection.Name)]
public sealed class HandoverTests(ChaosTruth truth)
{
    private const int Handovers = 3, StepsBetween = 20;

    [Fact]
    public async Task CoordinatorTerminatedUnderLoad_Exits0AtOnce_NodesStay_SameDigestsAsTheQuietRun()
    {
        await using var cluster = new ChaosCluster(truth.Options("handover", nodes: 2, guests: 0, ChaosTruth.EndlessSteps) with
        {
            Proxies = false,
            Cluster = ["Cluster:OnTerminate=handover", "Cluster:NodeTimeoutSeconds=3"],
        });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.CommittedSteps >= StepsBetween, TimeSpan.FromMinutes(2), "the run begins");
            for (var i = 1; i <= Handovers; i++)
            {
                var epoch = watch.Last!.Epoch;
                cluster.Coordinator.Terminate();
                Assert.Equal(0, await cluster.Coordinator.ExitAsync(TimeSpan.FromSeconds(10)));
                Assert.Contains("it hands over to its journal", cluster.Coordinator.Tail(5), StringComparison.Ordinal);
                await cluster.StartCoordinatorAsync();
                await watch.UntilAsync(s => s.Epoch == epoch + 1 && watch.CommittedInEpoch >= StepsBetween, TimeSpan.FromMinutes(1), $"the run goes on after handover {i}");
            }
            Assert.All(cluster.Members, member => Assert.False(member.Process!.HasExited, member.Name));

            cluster.Coordinator.Interrupt(); // Ctrl-C ends the run all the same
            await cluster.WaitForEndAsync(TimeSpan.FromMinutes(1));

            var digests = TinyRun.Digests(cluster.RunFolder);
            Assert.True(digests.Count >= (Handovers + 1) * StepsBetween, $"only {digests.Count} steps were committed");
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
            Assert.Empty(watch.Violations);
            Assert.Empty(cluster.BadExits());
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message}\n{cluster.Describe()}\n{e.StackTrace}");
        }
    }

    [Fact]
    public async Task EachNodeTerminatedUnderLoad_Exits0_AndComesBack_SameDigestsAsTheQuietRun()
    {
        await using var cluster = new ChaosCluster(truth.Options("terminated", nodes: 2, guests: 0, ChaosTruth.EndlessSteps) with
        {
            Proxies = false,
            Cluster = ["Cluster:NodeTimeoutSeconds=10"],
        });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.CommittedSteps >= StepsBetween, TimeSpan.FromMinutes(2), "the run begins");
            foreach (var member in cluster.Members) // the first is the one that writes the run folder
            {
                member.Process!.Terminate();
                Assert.Equal(0, await member.Process.ExitAsync(TimeSpan.FromSeconds(30)));
                var before = watch.Last!.CommittedSteps;
                await watch.UntilAsync(s => s.Nodes.Count == 1 && s.CommittedSteps >= before + StepsBetween, TimeSpan.FromMinutes(1), $"the run goes on without {member.Name}");
                cluster.StartNode(member);
                await watch.UntilAsync(s => s.Nodes.Count == 2 && s.Nodes.All(node => node.MicrobatchCount > 0), TimeSpan.FromMinutes(1), $"{member.Name} is back");
            }
            cluster.Coordinator.Interrupt();
            await cluster.WaitForEndAsync(TimeSpan.FromMinutes(1));

            var digests = TinyRun.Digests(cluster.RunFolder);
            Assert.True(digests.Count >= (1 + cluster.Members.Count) * StepsBetween, $"only {digests.Count} steps were committed");
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
            Assert.Equal(0, watch.Last!.LostMicrobatches); // who leaves in good order loses nothing
            Assert.Empty(watch.Violations);
            Assert.Empty(cluster.BadExits());
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message}\n{cluster.Describe()}\n{e.StackTrace}");
        }
    }

    // Each node in turn hangs while it is the only one: the second is the scribe and has taken the folder when the first is it again.
    [Fact]
    public async Task BothNodesFrozenInTurn_TheFirstWritesAgain_NoLineIsMissing()
    {
        await using var cluster = new ChaosCluster(truth.Options("turns", nodes: 2, guests: 0, ChaosTruth.EndlessSteps) with
        {
            Proxies = false,
            Cluster = ["Cluster:NodeTimeoutSeconds=2", "Cluster:ReturnWaitSeconds=2"],
        });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.CommittedSteps >= StepsBetween, TimeSpan.FromMinutes(2), "the run begins");
            var (first, second) = (cluster.Members[0].Process!, cluster.Members[1].Process!);
            first.Halt();
            await watch.UntilAsync(s => s.Nodes.Count == 1 && s.Nodes[0].Node == cluster.Members[1].Name && s.CommittedSteps >= 2 * StepsBetween, TimeSpan.FromMinutes(1), "the second node goes on alone");
            second.Halt();
            await watch.UntilAsync(s => s.Nodes.Count == 0, TimeSpan.FromMinutes(1), "nobody is left");
            var generation = watch.Last!.Generation;
            first.Continue();
            await watch.UntilAsync(s => s.Generation > generation && s.Nodes.Count == 1 && s.Nodes[0].Node == cluster.Members[0].Name && s.CommittedSteps >= 3 * StepsBetween, TimeSpan.FromMinutes(1), "the first node goes on alone");
            second.Continue();
            await watch.UntilAsync(s => s.Nodes.Count == 2 && s.Nodes.All(node => node.MicrobatchCount > 0), TimeSpan.FromMinutes(1), "both work");
            cluster.Coordinator.Interrupt();
            await cluster.WaitForEndAsync(TimeSpan.FromMinutes(1));

            var digests = TinyRun.Digests(cluster.RunFolder); // no line is missing or doubled
            Assert.True(digests.Count >= 3 * StepsBetween, $"only {digests.Count} steps were committed");
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
            Assert.Empty(cluster.BadExits());
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.Message}\n{cluster.Describe()}\n{e.StackTrace}");
        }
    }
}
