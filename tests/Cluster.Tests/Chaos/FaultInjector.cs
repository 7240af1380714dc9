using System.Diagnostics;
using Lockstep.Node.Metrics;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>
/// Does to a cluster what a schedule says, and waits for everything touched to be well again. The schedule guesses how long
/// that takes; here the status tells, and a fault that would leave nobody with the state waits, or is left out.
/// </summary>
internal sealed class FaultInjector(ChaosCluster cluster, StatusWatch watch, int nodes) : IDisposable
{
    private const int CoordinatorNumber = -1;
    private const int RecordsToTear = 5;
    private const double EnoughDone = 0.9; // what is started later than that may find the run at its end
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan FreeWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeavesWithin = TimeSpan.FromSeconds(30);
    private readonly HashSet<int> _busy = [];
    private readonly List<Task> _acting = [];
    private readonly Dictionary<FaultKind, int> _injected = [];
    private readonly CancellationTokenSource _over = new(); // the run has ended: nothing comes back any more

    /// <summary>How often each kind was really done.</summary>
    public IReadOnlyDictionary<FaultKind, int> Injected => _injected;

    /// <summary>Faults of the schedule that found no one to spare in time.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Plays faults until they, the time or the run are over, and returns when all that was touched is well.</summary>
    public async Task PlayAsync(IReadOnlyList<FaultEvent> faults, double forSeconds)
    {
        var clock = Stopwatch.StartNew();
        foreach (var fault in faults)
        {
            if (TimeSpan.FromSeconds(fault.AtSeconds) - clock.Elapsed is var early && early > TimeSpan.Zero) await RestAsync(early.TotalSeconds);
            var claimed = await ClaimAsync(fault);
            if (IsOver() || HasFailed || clock.Elapsed.TotalSeconds > forSeconds) break;
            if (!claimed) continue;
            cluster.Tell($"{fault} [{Summary()}]");
            _acting.Add(ActAsync(fault));
        }
        await Task.WhenAll(_acting);
        cluster.Tell($"the faults are over [{Summary()}]");
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }

    /// <summary>Kills the coordinator and starts it again; what nodes have applied by then may not be lost.</summary>
    /// <returns>Time from the moment that it listens to the first commit; zero when there is none left.</returns>
    public async Task<TimeSpan> KillCoordinatorAsync(double seconds, Action? meanwhile = null)
    {
        cluster.Coordinator.KillNow();
        await cluster.Coordinator.ExitAsync(LeavesWithin);
        meanwhile?.Invoke();
        await Task.Delay(TimeSpan.FromSeconds(seconds)); // the run cannot end without it
        watch.NoteApplied(MetricsLog.Read(cluster.RunFolder).LastOrDefault()?.Step ?? 0);
        var epoch = watch.Last?.Epoch;
        await cluster.StartCoordinatorAsync();
        var listens = Stopwatch.StartNew();
        await WellAsync(s => s.Epoch != epoch && watch.CommittedInEpoch > 0, "the run goes on with the coordinator that was started again");
        return cluster.HasEnded ? TimeSpan.Zero : listens.Elapsed;
    }

    /// <summary>Waits until a node takes part again, under another number than <paramref name="former"/>.</summary>
    public Task BackAsync(ChaosMember member, (long Epoch, int Index)? former) => WellAsync(
        s => s.Nodes.Any(n => n.Node == member.Name && (s.Epoch, n.Index) != former && n.State is "computing" or "prepared"), $"{member.Name} takes part");

    /// <summary>The number of a node in the run now; null when it has none. Each start of the coordinator counts from 0 again.</summary>
    public (long Epoch, int Index)? IndexOf(ChaosMember member) =>
        watch.Last is { } now && now.Nodes.LastOrDefault(n => n.Node == member.Name && n.State is not ("lost" or "left")) is { } node ? (now.Epoch, node.Index) : null;

    private async Task ActAsync(FaultEvent fault)
    {
        var chance = new SplitMix64(fault.Chance);
        var members = fault.Touched.Select(n => cluster.Members[n]).ToList();
        try
        {
            if (await DoAsync(fault, members, chance))
                lock (_injected) _injected[fault.Kind] = _injected.GetValueOrDefault(fault.Kind) + 1;
        }
        finally
        {
            foreach (var member in members)
            {
                member.Proxy.Switch(ProxyMode.Pass);
                member.Door.Switch(ProxyMode.Pass);
                member.Process?.Continue();
            }
            lock (_busy)
            {
                if (fault.IsOfCoordinator) _busy.Remove(CoordinatorNumber);
                foreach (var number in fault.Touched) _busy.Remove(number);
            }
        }
    }

    private async Task<bool> DoAsync(FaultEvent fault, List<ChaosMember> members, SplitMix64 chance)
    {
        var seconds = fault.ForSeconds;
        switch (fault.Kind)
        {
            case FaultKind.KillNode:
            case FaultKind.KillAllButOne:
                await KillAndRestartAsync(members, seconds);
                return true;
            case FaultKind.ShortStop:
            case FaultKind.LongStop:
                members[0].Process!.Halt();
                await RestAsync(seconds);
                members[0].Process!.Continue();
                await BackAsync(members[0], null);
                return true;
            case FaultKind.TerminateNode:
                await LeaveAsync(members[0]);
                await RestAsync(seconds);
                await StartAsync(members[0], null);
                return true;
            case FaultKind.KillCoordinator:
                await KillCoordinatorAsync(seconds);
                return true;
            case FaultKind.TornJournal:
                await KillCoordinatorAsync(seconds, () => cluster.Tell(TornJournal.Tear(cluster.JournalFolder, watch.CommittedInEpoch >= RecordsToTear, chance)));
                return true;
            case FaultKind.Partition or FaultKind.PeerPartition:
                await LinkAsync(members[0], LinkOf(fault, members[0]), ProxyMode.Refuse, seconds);
                return true;
            case FaultKind.HalfOpen or FaultKind.PeerHalfOpen:
                var lost = 1 + chance.Below(3);
                await LinkAsync(members[0], LinkOf(fault, members[0]), ProxyMode.HalfOpen((lost & 1) != 0, (lost & 2) != 0), seconds);
                return true;
            case FaultKind.SlowLink or FaultKind.PeerSlow:
                var slow = chance.Below(2) == 0 ? ProxyMode.Delay(TimeSpan.FromMilliseconds(chance.Between(10, 60))) : ProxyMode.Throttle(200_000 + chance.Below(800_000));
                await LinkAsync(members[0], LinkOf(fault, members[0]), slow, seconds);
                return true;
            case FaultKind.CorruptByte or FaultKind.PeerCorrupt:
                return await CorruptAsync(members[0], LinkOf(fault, members[0]), seconds);
            case FaultKind.GuestJoins:
                await StartAsync(members[0], null);
                await RestAsync(seconds);
                await LeaveAsync(members[0]);
                return true;
            case FaultKind.KillJoiner:
                return await KillJoinerAsync(members[0], seconds, chance);
            case FaultKind.KillDonor:
                return await KillDonorAsync(members[0], members[1], seconds);
            default:
                throw new InvalidOperationException($"{fault.Kind} is unknown");
        }
    }

    private async Task KillAndRestartAsync(IReadOnlyList<ChaosMember> members, double seconds)
    {
        var former = members.ToDictionary(m => m, IndexOf);
        foreach (var member in members) member.Process!.KillNow();
        foreach (var member in members) await member.Process!.ExitAsync(LeavesWithin);
        await RestAsync(seconds);
        await Task.WhenAll(members.Select(m => StartAsync(m, former[m])));
    }

    private async Task<bool> KillJoinerAsync(ChaosMember joiner, double seconds, SplitMix64 chance)
    {
        var former = IndexOf(joiner);
        await DieAsync(joiner);
        await RestAsync(seconds);
        if (IsOver()) return false;
        cluster.StartNode(joiner);
        await JoiningAsync(joiner, former);
        await RestAsync(chance.Between(0, 0.4)); // greeting, fetching, or just there
        if (IsOver()) return false;
        former = IndexOf(joiner) ?? former;
        await DieAsync(joiner);
        await StartAsync(joiner, former);
        return true;
    }

    private async Task<bool> KillDonorAsync(ChaosMember joiner, ChaosMember donor, double seconds)
    {
        var (formerJoiner, formerDonor) = (IndexOf(joiner), IndexOf(donor));
        await DieAsync(joiner);
        await RestAsync(seconds);
        if (IsOver()) return false;
        cluster.StartNode(joiner);
        await JoiningAsync(joiner, formerJoiner);
        if (IsOver()) return false;
        await DieAsync(donor);
        await RestAsync(seconds);
        await StartAsync(donor, formerDonor);
        await BackAsync(joiner, formerJoiner);
        return true;
    }

    private static FaultProxy LinkOf(FaultEvent fault, ChaosMember member) =>
        fault.Kind is FaultKind.PeerPartition or FaultKind.PeerHalfOpen or FaultKind.PeerSlow or FaultKind.PeerCorrupt ? member.Door : member.Proxy;

    private async Task<bool> CorruptAsync(ChaosMember member, FaultProxy link, double seconds)
    {
        var before = link.Corrupted;
        link.CorruptOnce();
        for (var waited = 0.0; waited < seconds && link.Corrupted == before; waited += 0.05) await RestAsync(0.05);
        link.Disarm();
        await BackAsync(member, null);
        return link.Corrupted > before;
    }

    private async Task LinkAsync(ChaosMember member, FaultProxy link, ProxyMode mode, double seconds)
    {
        link.Switch(mode);
        await RestAsync(seconds);
        link.Switch(ProxyMode.Pass);
        await BackAsync(member, null);
    }

    private async Task LeaveAsync(ChaosMember member)
    {
        member.Process!.Terminate();
        if (await member.Process.ExitAsync(LeavesWithin) is var status && status != 0) throw new InvalidOperationException($"{member.Name} was asked to leave and ended with status {status}");
    }

    private static async Task DieAsync(ChaosMember member)
    {
        member.Process!.KillNow();
        await member.Process.ExitAsync(LeavesWithin);
    }

    private async Task StartAsync(ChaosMember member, (long Epoch, int Index)? former)
    {
        if (IsOver()) return;
        cluster.StartNode(member);
        await BackAsync(member, former);
    }

    private Task JoiningAsync(ChaosMember joiner, (long Epoch, int Index)? former) =>
        WellAsync(s => s.Nodes.Any(n => n.Node == joiner.Name && (s.Epoch, n.Index) != former && n.State is not ("lost" or "left")), $"{joiner.Name} dials");

    private async Task WellAsync(Func<Protos.RunStatus, bool> holds, string what)
    {
        using var ended = new CancellationTokenSource();
        var waiting = watch.UntilAsync(holds, BackWithin, what, ended.Token);
        while (!waiting.IsCompleted && !cluster.HasEnded) await Task.WhenAny(waiting, Task.Delay(200));
        await ended.CancelAsync();
        await waiting;
    }

    // One fault at a time for each, and one node that nobody touches.
    private async Task<bool> ClaimAsync(FaultEvent fault)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            lock (_busy)
            {
                var calm = Enumerable.Range(0, nodes).Count(n => !_busy.Contains(n) && TakesPart(n));
                var fits = fault.IsOfCoordinator ? !_busy.Contains(CoordinatorNumber) && calm > 0
                    : !fault.Touched.Any(_busy.Contains) && calm > fault.Touched.Count(n => n < nodes && TakesPart(n));
                if (fits && fault.Touched.All(n => n >= nodes || TakesPart(n)))
                {
                    if (fault.IsOfCoordinator) _busy.Add(CoordinatorNumber);
                    _busy.UnionWith(fault.Touched);
                    return true;
                }
            }
            if (IsOver() || HasFailed) return false;
            if (waited.Elapsed > FreeWithin)
            {
                cluster.Tell($"left out: {fault} [{Summary()}]");
                LeftOut++;
                return false;
            }
            await Task.Delay(20); // polls another process
        }
    }

    private bool HasFailed => _acting.Any(t => t.IsFaulted);

    private bool TakesPart(int number) => watch.Last is { } s && s.Nodes.Any(n => n.Node == cluster.Members[number].Name && n.State is "computing" or "prepared");

    private bool IsOver()
    {
        if (!_over.IsCancellationRequested && (cluster.HasEnded || watch.Last is { TotalSteps: > 0 } s && s.CommittedSteps > s.TotalSteps * EnoughDone)) _over.Cancel();
        return _over.IsCancellationRequested;
    }

    private async Task RestAsync(double seconds)
    {
        for (var rest = Stopwatch.StartNew(); rest.Elapsed.TotalSeconds < seconds && !cluster.HasEnded;)
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(seconds - rest.Elapsed.TotalSeconds, 0.001, 0.1)));
    }

    private string Summary() => watch.Last is { } s
        ? $"epoch {s.Epoch}, generation {s.Generation}, step {s.CommittedSteps}: {string.Join(", ", s.Nodes.Select(n => $"{n.Node} {n.State}"))}"
        : "no status yet";
}
