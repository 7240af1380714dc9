using System.Diagnostics;
using System.Globalization;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>How long a cluster takes to notice, with real processes. Prints; only what never comes, or comes uncalled, fails.</summary>
[Collection(ChaosCollection.Name), Trait("Category", "Long")]
public sealed class TimingTests(ChaosTruth truth)
{
    private const int Trials = 100, Nodes = 3, Endless = 10_000_000;
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(2);
    private static readonly string[] Alarms = ["lost", "silent", "stuck", "reduce", "digest"];

    [Fact]
    public async Task ProcessDeath_ToTheNewPlan() => Print("process death -> new plan", await TrialsAsync("timing-death", async (run, member) =>
    {
        member.Process!.KillNow();
        return await run.NewPlanAsync();
    }, async (run, member, former) =>
    {
        await member.Process!.ExitAsync(TimeSpan.FromSeconds(10));
        run.Cluster.StartNode(member);
        await run.Injector.BackAsync(member, former);
    }));

    [Fact]
    public async Task Hang_ToTheNewPlan() => Print("hang -> new plan", await TrialsAsync("timing-hang", async (run, member) =>
    {
        member.Process!.Halt();
        return await run.NewPlanAsync();
    }, async (run, member, former) =>
    {
        member.Process!.Continue();
        await run.Injector.BackAsync(member, former);
    }));

    [Fact]
    public async Task TenMinutesOfShortStops_NoFalseAlarm()
    {
        await using var run = await BeginAsync("timing-quiet");
        var chance = new SplitMix64(42);
        var (begin, stops) = (run.Watch.Last!, 0);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromMinutes(10); stops++)
        {
            var process = run.Cluster.Members[chance.Below(Nodes)].Process!;
            process.Halt();
            await Task.Delay(TimeSpan.FromSeconds(chance.Between(0.02, 0.49)));
            process.Continue();
            await Task.Delay(TimeSpan.FromSeconds(chance.Between(0.05, 1.5)));
            var alarms = run.Watch.Faults.Where(f => Alarms.Contains(f.Kind)).Select(f => f.Text).ToList();
            Assert.True(alarms.Count == 0 && run.Watch.Last!.Generation == begin.Generation, $"after {stops + 1} stops: {string.Join("; ", alarms)}\n{run.Cluster.Describe()}");
        }
        Assert.Empty(run.Watch.Violations);
        TestContext.Current.TestOutputHelper?.WriteLine($"{stops} stops of 0.02 to 0.49 s in 10 minutes, {run.Watch.Last!.CommittedSteps - begin.CommittedSteps} steps, no alarm");
    }

    private async Task<List<double>> TrialsAsync(string name, Func<TimedRun, ChaosMember, Task<double>> hurt, Func<TimedRun, ChaosMember, int?, Task> heal)
    {
        await using var run = await BeginAsync(name);
        var chance = new SplitMix64(7);
        var milliseconds = new List<double>();
        try
        {
            for (var trial = 0; trial < Trials; trial++)
            {
                var member = run.Cluster.Members[chance.Below(Nodes)];
                await run.AllTakePartAsync();
                await Task.Delay(TimeSpan.FromSeconds(chance.Between(0.1, 0.5))); // anywhere in a step
                var former = run.Injector.IndexOf(member);
                run.NoteGeneration();
                milliseconds.Add(await hurt(run, member));
                await heal(run, member, former);
            }
            Assert.Empty(run.Watch.Violations);
        }
        catch (Exception e)
        {
            Assert.Fail($"trial {milliseconds.Count + 1}: {e.Message}\n{run.Cluster.Describe()}\n{e.StackTrace}");
        }
        return milliseconds;
    }

    private async Task<TimedRun> BeginAsync(string name)
    {
        var run = new TimedRun(new ChaosCluster(truth.Options(name, Nodes, guests: 0, Endless) with { Cluster = ["Cluster:NodeTimeoutSeconds=2"] }));
        try
        {
            await run.Cluster.StartAsync();
            await run.AllTakePartAsync();
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    private static void Print(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        double At(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: p50 {At(0.5):F0} ms, p99 {At(0.99):F0} ms, longest {milliseconds[^1]:F0} ms over {milliseconds.Count} trials ({Environment.ProcessorCount} cores, {Nodes} nodes)"));
    }

    private sealed class TimedRun : IAsyncDisposable
    {
        private long _generation;

        public TimedRun(ChaosCluster cluster)
        {
            Cluster = cluster;
            Watch = new StatusWatch(cluster.Address, ChaosTruth.Microbatches, PollEvery);
            Injector = new FaultInjector(cluster, Watch, Nodes);
        }

        public ChaosCluster Cluster { get; }

        public StatusWatch Watch { get; }

        public FaultInjector Injector { get; }

        public void NoteGeneration() => _generation = Watch.Last!.Generation;

        /// <summary>Milliseconds from now until the coordinator has made a plan without the node.</summary>
        public async Task<double> NewPlanAsync()
        {
            var clock = Stopwatch.StartNew();
            await Watch.UntilAsync(s => s.Generation > _generation, TimeSpan.FromSeconds(30), "a new plan");
            return clock.Elapsed.TotalMilliseconds;
        }

        public Task AllTakePartAsync() => Watch.UntilAsync(
            s => s.Nodes.Count(n => n.State is "computing" or "prepared") == Nodes, TimeSpan.FromMinutes(2), "all nodes take part");

        public async ValueTask DisposeAsync()
        {
            Injector.Dispose();
            await Watch.DisposeAsync();
            await Cluster.DisposeAsync();
        }
    }
}
