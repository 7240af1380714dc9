using System.Diagnostics;
using System.Globalization;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>How long a cluster takes to notice, with real processes, default settings and nothing between them. Prints, and holds the bounds that docs/protocol.md gives.</summary>
[Collection(ChaosCollection.Name), Trait("Category", "Long")]
public sealed class TimingTests(ChaosTruth truth)
{
    private const int Trials = 100, Nodes = 3, Endless = 10_000_000;
    private const double DeathMilliseconds = 250, HangMilliseconds = 2000; // at the 99th percentile
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(60); // a process that has just begun is given more patience
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(2);
    private static readonly string[] Alarms = ["lost", "silent", "stuck", "reduce", "digest"];

    [Fact]
    public async Task ProcessDeath_ToTheNewPlan() => Check("process death -> new plan", DeathMilliseconds, await TrialsAsync("timing-death", TimeSpan.Zero, async (run, member) =>
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
    public async Task Hang_ToTheNewPlan() => Check("hang -> new plan", HangMilliseconds, await TrialsAsync("timing-hang", Youth, async (run, member) =>
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
            var rebalancings = run.Watch.Faults.Count(f => f.Kind == "straggler"); // whoever is slow for other reasons
            Assert.True(alarms.Count == 0 && run.Watch.Last!.Generation - begin.Generation <= rebalancings, $"after {stops + 1} stops: {string.Join("; ", alarms)}\n{run.Cluster.Describe()}");
        }
        Assert.Empty(run.Watch.Violations);
        TestContext.Current.TestOutputHelper?.WriteLine($"{stops} stops of 0.02 to 0.49 s in 10 minutes, {run.Watch.Last!.CommittedSteps - begin.CommittedSteps} steps, no alarm");
    }

    private async Task<List<double>> TrialsAsync(string name, TimeSpan first, Func<TimedRun, ChaosMember, Task<double>> hurt, Func<TimedRun, ChaosMember, (long Epoch, int Index)?, Task> heal)
    {
        await using var run = await BeginAsync(name);
        await Task.Delay(first);
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
        var run = new TimedRun(new ChaosCluster(truth.Options(name, Nodes, guests: 0, Endless) with { Proxies = false }));
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

    private static void Check(string what, double bound, List<double> milliseconds)
    {
        milliseconds.Sort();
        double At(double share) => milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: p50 {At(0.5):F0} ms, p99 {At(0.99):F0} ms, longest {milliseconds[^1]:F0} ms over {milliseconds.Count} trials ({Environment.ProcessorCount} cores, {Nodes} nodes)"));
        Assert.True(At(0.99) <= bound, string.Create(CultureInfo.InvariantCulture, $"{what}: the 99th percentile of {milliseconds.Count} trials is {At(0.99):F0} ms, not at most {bound} ms; all: {string.Join(' ', milliseconds.Select(m => $"{m:F0}"))}"));
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
