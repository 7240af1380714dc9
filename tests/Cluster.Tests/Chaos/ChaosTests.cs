using System.Globalization;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>
/// The law under fire: whatever is done to the processes and lines of a run, it ends with the digests of a run that nothing
/// disturbed. A failure names its seed; LOCKSTEP_CHAOS_SEED=n runs the long test with that one alone.
/// </summary>
[Collection(ChaosCollection.Name)]
public sealed class ChaosTests(ChaosTruth truth)
{
    private const int KindsAtLeast = 6;
    private const double LongestPause = 3; // s, beside the start of the coordinator's process

    public static TheoryData<int> LongSeeds =>
        int.TryParse(Environment.GetEnvironmentVariable("LOCKSTEP_CHAOS_SEED"), CultureInfo.InvariantCulture, out var one) ? [one] : [11, 12, 13, 14, 15];

    [Fact]
    public Task Chaos_OneMinute_SameDigestsAsTheQuietRun() => RunAsync(seed: 1, nodes: 4, seconds: 60, "auto");

    [Fact, Trait("Category", "Long")]
    public Task Chaos_OneMinuteHub_SameDigestsAsTheQuietRun() => RunAsync(seed: 2, nodes: 4, seconds: 60, "hub");

    [Fact, Trait("Category", "Long")]
    public Task Chaos_OneMinuteTwoLevels_SameDigestsAsTheQuietRun() => RunAsync(seed: 3, nodes: 4, seconds: 60, "direct", "Cluster:GroupSize=2");

    [Theory, Trait("Category", "Long")]
    [MemberData(nameof(LongSeeds))]
    public Task Chaos_TenMinutes_SameDigestsAsTheQuietRun(int seed) =>
        RunAsync((ulong)seed, nodes: 4 + (seed % 3), seconds: 600, seed % 2 == 0 ? "hub" : "direct");

    [Fact, Trait("Category", "Long")]
    public async Task CoordinatorKilled20Times_SameDigestsAsTheQuietRun()
    {
        var steps = await truth.StepsForAsync(80);
        var expected = await truth.DigestsAsync(steps);
        var chance = new SplitMix64(20);
        await using var cluster = new ChaosCluster(truth.Options("coordinator-20", nodes: 3, guests: 0, steps) with { Cluster = ["Cluster:NodeTimeoutSeconds=3"] });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        using var injector = new FaultInjector(cluster, watch, nodes: 3);
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.Phase == "running", TimeSpan.FromMinutes(2), "the run begins");
            var pauses = new List<double>();
            while (pauses.Count < 20 && !cluster.HasEnded)
            {
                await Task.Delay(TimeSpan.FromSeconds(chance.Between(0, 3))); // the moment is chance
                pauses.Add((await injector.KillCoordinatorAsync(chance.Between(0, 1))).TotalSeconds);
            }
            Assert.True(pauses.Count == 20, $"the run was over after {pauses.Count} kills");
            Assert.True(pauses.Max() <= LongestPause, $"from listening to the first commit, s: {string.Join(' ', pauses.Select(p => $"{p:F1}"))}");
            await cluster.WaitForEndAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(expected, TinyRun.Digests(cluster.RunFolder));
            Assert.True(watch.Violations.Count == 0, $"what the coordinator may not say: {string.Join("; ", watch.Violations)}");
            Assert.Empty(cluster.BadExits());
            TestContext.Current.TestOutputHelper?.WriteLine($"coordinator killed 20 times: from listening to the first commit {pauses.Order().ElementAt(10):F2} s in the median, {pauses.Max():F2} s at most; {steps} steps");
        }
        catch (Exception e)
        {
            Assert.Fail($"{cluster.Describe()}\n{e.StackTrace}\n{e.Message}");
        }
    }

    private async Task RunAsync(ulong seed, int nodes, double seconds, string reducer, params string[] ofCluster)
    {
        var schedule = FaultSchedule.Create(seed, nodes, seconds);
        await using var cluster = new ChaosCluster(truth.Options($"chaos-{seed}", nodes, guests: 1, ChaosTruth.EndlessSteps) with
        {
            Cluster = [$"Cluster:Reducer={reducer}", "Cluster:NodeTimeoutSeconds=3", .. ofCluster],
        });
        await using var watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches);
        using var injector = new FaultInjector(cluster, watch, nodes);
        IReadOnlyList<string> digests = [];
        try
        {
            await cluster.StartAsync();
            await watch.UntilAsync(s => s.Phase == "running", TimeSpan.FromMinutes(2), "the run begins");
            await injector.PlayAsync(schedule.Events, seconds);
            cluster.Coordinator.Terminate(); // the run stops at its next step
            await cluster.WaitForEndAsync(TimeSpan.FromMinutes(2));
            digests = TinyRun.Digests(cluster.RunFolder);
            Assert.True(digests.Count > seconds, $"only {digests.Count} steps were committed");
            Assert.Equal(await truth.PrefixAsync(digests.Count), digests);
            Assert.True(watch.Violations.Count == 0, $"what the coordinator may not say: {string.Join("; ", watch.Violations)}");
            Assert.Empty(cluster.BadExits());
            Assert.True(injector.Injected.Count >= KindsAtLeast, $"only {injector.Injected.Count} kinds of fault were injected");
        }
        catch (Exception e)
        {
            Assert.Fail($"{schedule}\nwhat was done:\n{cluster.Describe()}\n{e.StackTrace}\n{e.Message}");
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}, {reducer}, {nodes} nodes, {digests.Count} steps: {string.Join(", ", injector.Injected.OrderBy(i => i.Key).Select(i => $"{i.Key} {i.Value}"))}; left out {injector.LeftOut}; "
            + $"{watch.Last?.Generation} generations, {watch.Last?.Epoch} epochs, lost microbatches {watch.Last?.LostMicrobatches}, computed {watch.Last?.ComputedMicrobatches}");
    }
}
