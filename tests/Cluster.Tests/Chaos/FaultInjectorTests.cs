namespace Lockstep.Cluster.Tests.Chaos;

[Collection(ChaosCollection.Name)]
public sealed class FaultInjectorTests(ChaosTruth truth)
{
    [Fact, Trait("Category", "Long")] // the chaos minute has these faults among others
    public async Task FaultsThatEndNoMembership_AreDone_AndChangeNothing()
    {
        var steps = await truth.StepsForAsync(8);
        var expected = await truth.DigestsAsync(steps);
        await using var cluster = new ChaosCluster(truth.Options("harmless", nodes: 2, guests: 0, steps) with { Journal = false });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        using var injector = new FaultInjector(cluster, watch, nodes: 2);
        await cluster.StartAsync();
        await watch.UntilAsync(s => s.Phase == "running", TimeSpan.FromMinutes(2), "the run begins");
        await injector.PlayAsync(
        [
            new(0, FaultKind.ShortStop, [0], 0.4, 1, 1),
            new(0.1, FaultKind.SlowLink, [1], 0.5, 1, 1), // chance 1: a delay or a rate, whichever
            new(0.2, FaultKind.ShortStop, [1], 0.3, 1, 2), // waits for the link to be well again
        ], forSeconds: 60);
        await cluster.WaitForEndAsync(TimeSpan.FromMinutes(2));
        Assert.True(injector.Injected.GetValueOrDefault(FaultKind.ShortStop) == 2 && injector.Injected.GetValueOrDefault(FaultKind.SlowLink) == 1, cluster.Describe());
        Assert.Equal(expected, TinyRun.Digests(cluster.RunFolder));
        Assert.Empty(cluster.BadExits());
        Assert.Empty(watch.Violations);
    }

    [Fact]
    public void Tear_ChangesTheEndOfTheJournalAlone()
    {
        var folder = truth.NewFolder("tear");
        var path = Path.Combine(folder, "coordinator.journal");
        var whole = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        var (cuts, additions) = (0, 0);
        for (var seed = 0UL; seed < 50; seed++)
        {
            File.WriteAllBytes(path, whole);
            TornJournal.Tear(folder, mayCut: true, new SplitMix64(seed));
            var torn = File.ReadAllBytes(path);
            Assert.InRange(torn.Length, 990, 1050);
            Assert.Equal(whole.Take(torn.Length), torn.Take(whole.Length));
            if (torn.Length < whole.Length) cuts++;
            if (torn.Length > whole.Length) additions++;
        }
        Assert.True(cuts > 10 && additions > 10 && cuts + additions == 50, $"{cuts} cuts, {additions} additions");
    }
}
