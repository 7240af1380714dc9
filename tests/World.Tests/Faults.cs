using Lockstep.Coordinator.Tests.Journal;

namespace Lockstep.World.Tests;

/// <summary>A schedule of faults: which, when and to whom, from the world's seed.</summary>
internal sealed class Faults(World world)
{
    private const string CoordinatorHost = "coordinator";
    private readonly SplitMix64 _chance = world.Chance;
    private int _joined, _left;
    private bool _hasSecond;

    public void Plan()
    {
        var count = world.HasBadMemory ? 1 + _chance.Below(3) : world.IsCalm ? 4 + _chance.Below(8) : 1 + _chance.Below(7);
        for (var (i, at) = (0, 0.0); i < count; i++)
        {
            at += world.HasBadMemory ? _chance.Between(0.3, 2) : world.IsCalm ? _chance.Between(0.1, 1.5) : _chance.OneIn(3) ? _chance.Between(0, 0.1) : _chance.Between(0, 1.5);
            world.After(at, world.IsCalm ? ShortPause : world.HasBadMemory ? FlipBit : Happen);
            Until(at);
        }
    }

    private void Happen()
    {
        if (world.HasEnded) return;
        switch (_chance.Below(18))
        {
            case 0 or 1 or 2: CrashNode(); break;
            case 3: PauseNode(_chance.Between(0.05, 1.4)); break;
            case 4: PauseNode(_chance.Between(1.5, 9)); break;
            case 5: Leave(); break;
            case 6: Join(); break;
            case 7 or 8: CrashCoordinator(); break;
            case 9: PauseCoordinator(_chance.OneIn(2) ? _chance.Between(0.05, 2) : _chance.Between(2, 8)); break;
            case 10: Failover(); break;
            case 11 or 12: BreakConnections(); break;
            case 13 or 14: Partition(); break;
            case 15: FillDisk(); break;
            case 16: HalfOpen(); break;
            default: CrashAll(); break;
        }
    }

    // Not two at a time, nor one right after the other: together they would be a long one.
    private void ShortPause()
    {
        if (world.Nodes.Concat<Process>(world.Coordinators).Any(process => process.DisturbedUntil > world.Now - TimeSpan.FromSeconds(1) && process.DisturbedUntil > default(TimeSpan))) return;
        if (_chance.OneIn(6)) PauseCoordinator(_chance.Between(0.02, 0.9));
        else PauseNode(_chance.Between(0.02, 0.9));
    }

    private SimNode? SomeNode()
    {
        var alive = world.Nodes.Where(node => !node.IsDead).ToArray();
        return alive.Length == 0 ? null : alive[_chance.Below(alive.Length)];
    }

    private void Until(double seconds)
    {
        var end = world.Now + TimeSpan.FromSeconds(seconds);
        if (end > world.FaultsEnd) world.FaultsEnd = end;
    }

    private void CrashNode()
    {
        if (SomeNode() is not { } node) return;
        Crash(node, _chance.OneIn(2) ? _chance.Between(0.01, 0.5) : _chance.Between(0.5, 6));
    }

    private void Crash(SimNode node, double restartAfter)
    {
        var silently = _chance.OneIn(3);
        world.Trace($"== {node.Name} is killed{(silently ? " with its host" : "")}");
        node.Die(silently);
        Until(restartAfter);
        world.After(restartAfter, () => Restart(node.Name));
    }

    private void Restart(string name)
    {
        if (world.HasEnded) return;
        if (world.NodeAt($"http://{name}:1") is { } still)
        {
            if (still.WasAskedToLeave) world.After(0.5, () => Restart(name));
            Until(1);
            return;
        }
        world.StartNode(name, _chance.OneIn(2) ? world.Checkpoint : Checkpoint.None);
    }

    private void CrashAll()
    {
        foreach (var node in world.Nodes.Where(node => !node.IsDead).ToArray()) Crash(node, _chance.Between(0.2, 5));
    }

    private void PauseNode(double seconds)
    {
        if (SomeNode() is not { } node) return;
        world.Trace($"== {node.Name} is paused for {seconds:0.00} s");
        node.Pause(seconds);
        Until(seconds);
    }

    private void Leave()
    {
        if (_left >= world.Shape.Nodes - 1 || SomeNode() is not { WasAskedToLeave: false, IsPaused: false } node) return;
        _left++;
        world.Trace($"== {node.Name} is asked to leave");
        var after = _chance.Between(0.5, 5);
        Until(after);
        node.Leave();
        // Before the first step all expected nodes are waited for.
        if (!_chance.OneIn(3) || world.LastCommit == default || _hasSecond) world.After(after, () => Restart(node.Name));
    }

    private void Join()
    {
        if (_joined++ > 2) return;
        world.StartNode($"joiner-{_joined}", _chance.OneIn(2) ? world.Checkpoint : Checkpoint.None);
    }

    private void CrashCoordinator()
    {
        if (world.Coordinator is not { } coordinator) return;
        var (power, after) = (_chance.OneIn(2), _chance.Between(0.05, 4));
        world.Trace($"== the coordinator is killed{(power ? " by a power cut" : "")}");
        coordinator.Die(silently: power);
        if (power) coordinator.Disk.Restart();
        Until(after + 1);
        world.After(after, () =>
        {
            if (world.Coordinator is null) world.StartCoordinator(coordinator.Host, coordinator.Disk, coordinator.Adopts);
        });
    }

    private void PauseCoordinator(double seconds)
    {
        if (world.Coordinator is not { } coordinator) return;
        world.Trace($"== the coordinator is paused for {seconds:0.00} s");
        coordinator.Pause(seconds);
        Until(seconds);
    }

    // Somebody takes the first coordinator for dead and starts a second one elsewhere, with a copy of the journal or none.
    private void Failover()
    {
        // Before the first step both might wait for nodes that the other has.
        if (_hasSecond || world.Coordinator is not { } first || world.LastCommit == default) return;
        var (seconds, after) = (_chance.Between(5.5, 12), _chance.Between(0.5, 5));
        // Without a journal it waits for all whom the run began with.
        var (pause, copy) = (_chance.OneIn(2), _chance.OneIn(2) || _left > 0);
        _hasSecond = true;
        world.Trace($"== the coordinator is {(pause ? "paused" : "cut off")} for {seconds:0.00} s, a second one starts {(copy ? "with a copy of its journal" : "without a journal")}");
        if (pause) first.Pause(seconds);
        else Cut([first.Host], [.. world.Nodes.Select(node => node.Host).Distinct()], seconds, both: true);
        Until(seconds + 1);
        world.After(after, () =>
        {
            if (world.HasEnded || world.Coordinators.Count > 1 || first.IsDead) return;
            var disk = copy ? SimulatedDisk.With(first.Disk.Content) : new SimulatedDisk((int)(world.Seed & 0xFFFFFF) + 1);
            world.StartCoordinator("coordinator-2", disk, adopt: true);
        });
    }

    private void BreakConnections()
    {
        var open = world.Connections.Where(connection => !connection.IsOver).ToArray();
        if (open.Length == 0) return;
        for (var i = 1 + _chance.Below(3); i > 0; i--)
        {
            var connection = open[_chance.Below(open.Length)];
            world.Trace($"== the connection from {connection.Client.Host} to {connection.Server.Host} breaks");
            connection.Break();
        }
    }

    private void HalfOpen()
    {
        var open = world.Connections.Where(connection => !connection.IsOver).ToArray();
        if (open.Length == 0) return;
        var (dead, up) = (open[_chance.Below(open.Length)], _chance.OneIn(2));
        world.Trace($"== the connection from {dead.Client.Host} to {dead.Server.Host} is dead {(up ? "upwards" : "downwards")}");
        dead.Silence(up);
        if (_chance.OneIn(2)) dead.Silence(!up);
        Until(30);
        world.After(30, dead.Break); // keepalive
    }

    private void Partition()
    {
        string[] hosts = [CoordinatorHost, .. world.Nodes.Select(node => node.Host).Distinct()];
        if (hosts.Length < 3) return;
        var some = hosts.Where(_ => _chance.OneIn(3)).ToArray();
        if (some.Length == 0) some = [hosts[_chance.Below(hosts.Length)]];
        var (seconds, both) = (_chance.OneIn(2) ? _chance.Between(0.1, 2) : _chance.Between(2, 12), !_chance.OneIn(3));
        world.Trace($"== {string.Join(", ", some)} cannot be heard by the others for {seconds:0.00} s{(both ? ", nor hear them" : "")}");
        Cut(some, [.. hosts.Except(some)], seconds, both);
    }

    private void Cut(string[] some, string[] others, double seconds, bool both)
    {
        var until = world.Now + TimeSpan.FromSeconds(seconds);
        foreach (var (from, to) in some.SelectMany(from => others.Select(to => (from, to))))
        {
            world.Block(from, to, until);
            if (both) world.Block(to, from, until);
        }
        foreach (var process in world.Nodes.Concat<Process>(world.Coordinators)) process.DisturbedUntil = until > process.DisturbedUntil ? until : process.DisturbedUntil;
        Until(seconds);
    }

    // A member's state changes on its own; the others are to notice, and to heal it.
    private void FlipBit()
    {
        var members = world.Nodes.Where(node => !node.IsDead && node.IsWhole && node.Plan?.Members.Any(m => m.Node == node.Name && !m.Listens) == true).ToArray();
        if (members.Length < 3 || world.Coordinator?.State.Members.Count() < 3) return;
        var node = members[_chance.Below(members.Length)];
        world.Trace($"== a bit of {node.Name}'s next state turns over");
        node.Corrupt();
    }

    private void FillDisk()
    {
        if (world.Coordinator is not { } coordinator) return;
        var seconds = _chance.Between(0.2, 4);
        world.Trace($"== the coordinator's disk is full for {seconds:0.00} s");
        coordinator.Disk.Capacity = coordinator.Disk.Content.Length + _chance.Below(30);
        coordinator.DisturbedUntil = world.Now + TimeSpan.FromSeconds(seconds + 1);
        Until(seconds + 1);
        world.After(seconds, () => coordinator.Disk.Capacity = long.MaxValue);
    }
}
