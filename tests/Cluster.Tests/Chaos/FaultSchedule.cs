using System.Globalization;
using System.Text;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>
/// Faults over time, a pure function of the seed. At any moment at least one node is untouched: the state of the run lives on
/// (a run whose last holder of the state dies resumes from a checkpoint, which other tests cover). Kinds are dealt like
/// cards, so that each comes before any comes again.
/// </summary>
internal sealed class FaultSchedule
{
    private const double FirstAtSeconds = 3;
    private const double RecoverySeconds = 6; // a process starts, dials and is given the state
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();
    private readonly SplitMix64 _chance;
    private readonly List<FaultEvent> _events = [];
    private readonly double[] _busyUntil; // by node, the guest last
    private double _coordinatorBusyUntil;

    private FaultSchedule(ulong seed, int nodes, double seconds)
    {
        (Seed, Nodes, Seconds) = (seed, nodes, seconds);
        _chance = new SplitMix64(seed);
        _busyUntil = new double[nodes + 1];
        Deal();
    }

    public ulong Seed { get; }

    /// <summary>Nodes that belong to the run from the start; the guest has the next number.</summary>
    public int Nodes { get; }

    /// <summary>No fault begins later.</summary>
    public double Seconds { get; }

    /// <summary>In order of time.</summary>
    public IReadOnlyList<FaultEvent> Events => _events;

    /// <summary>A fault about every five seconds.</summary>
    public static FaultSchedule Create(ulong seed, int nodes, double seconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 3); // the joiner, the donor that dies, and one untouched
        return new(seed, nodes, seconds);
    }

    public override string ToString()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: {_events.Count} faults on {Nodes} nodes in {Seconds:F0} s\n"));
        foreach (var fault in _events) text.Append("  ").Append(fault).Append('\n');
        return text.ToString();
    }

    private void Deal()
    {
        var deck = new List<FaultKind>();
        for (var at = FirstAtSeconds; at < Seconds;)
        {
            if (deck.Count == 0) deck.AddRange(_chance.Shuffled(Kinds));
            var next = deck.FindIndex(kind => Fits(kind, at));
            if (next < 0)
            {
                at += 1; // those that the last cards need are not well yet
                continue;
            }
            _events.Add(Draw(deck[next], at));
            deck.RemoveAt(next);
            at += _chance.Between(3.5, 6.5);
        }
    }

    // One free node must stay over when those that the fault touches are gone.
    private bool Fits(FaultKind kind, double at) => kind switch
    {
        FaultKind.KillCoordinator or FaultKind.TornJournal => _coordinatorBusyUntil <= at,
        FaultKind.GuestJoins => _busyUntil[Nodes] <= at,
        _ => Free(at).Length > Targets(kind),
    };

    private int Targets(FaultKind kind) => kind switch
    {
        FaultKind.KillCoordinator or FaultKind.TornJournal => 0,
        FaultKind.KillAllButOne => Nodes - 1,
        FaultKind.KillDonor => 2,
        _ => 1,
    };

    private int[] Free(double at) => [.. Enumerable.Range(0, Nodes).Where(n => _busyUntil[n] <= at)];

    private FaultEvent Draw(FaultKind kind, double at)
    {
        var (shortest, longest) = kind switch
        {
            FaultKind.ShortStop => (0.05, 0.45),
            FaultKind.LongStop or FaultKind.HalfOpen or FaultKind.PeerHalfOpen => (4.5, 8),
            FaultKind.SlowLink or FaultKind.CorruptByte or FaultKind.PeerSlow or FaultKind.PeerCorrupt => (3, 6),
            FaultKind.GuestJoins => (5, 15),
            FaultKind.KillCoordinator or FaultKind.TornJournal => (0.2, 3),
            _ => (0.5, 5),
        };
        var seconds = _chance.Between(shortest, longest);
        int[] touched = kind == FaultKind.GuestJoins ? [Nodes] : [.. _chance.Shuffled(Free(at)).Take(Targets(kind))];
        // A node that dies twice, and two that die one after the other, need the time twice.
        var recoveries = kind is FaultKind.KillJoiner or FaultKind.KillDonor ? 2 : kind == FaultKind.ShortStop ? 0.25 : 1;
        var until = at + seconds + (recoveries * RecoverySeconds);
        foreach (var node in touched) _busyUntil[node] = until;
        if (touched.Length == 0) _coordinatorBusyUntil = until;
        return new FaultEvent(at, kind, touched, seconds, until, _chance.Next());
    }
}
