using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Lockstep.Protos;

/// <summary>
/// Who sums what in a generation: a formula of the plan and the length of the flat buffer, so that all members agree on it
/// without a word.
///
/// hub: the coordinator owns every slice; all members are one group.
/// direct: the buffer is cut into one equal part a member, who owns it; all members are one group.
/// direct with groups: the members in plan order form groups. Each group cuts the buffer among its members alike; an owner
/// adds what its group sends and hands that on to the slice's root, one of the groups' owners. Each stretch of the buffer is
/// shared out among its owners in proportion to their groups' sizes, so that all members are roots of as much.
/// Members that only listen own nothing; each hears the sums from the owners of one group.
/// </summary>
public sealed class ReduceRoute
{
    /// <summary>The number of the coordinator, where a member's would stand.</summary>
    public const int Hub = -1;

    // Parts begin at a multiple of this many floats: whole cache lines.
    private const int Grain = 16;
    private readonly Member[] _computing;
    private readonly FrozenDictionary<int, int> _groups;
    private readonly int _groupSize;

    private ReduceRoute(Plan plan, int floats)
    {
        Plan = plan;
        _computing = [.. plan.Members.Where(member => !member.Listens)];
        if (_computing.Length == 0) throw new ArgumentException($"Nobody computes in generation {plan.Generation}.", nameof(plan));
        IsHub = plan.Reducer != "direct";
        _groupSize = !IsHub && plan.GroupSize > 1 && plan.GroupSize < _computing.Length ? plan.GroupSize : _computing.Length;
        Groups = (_computing.Length + _groupSize - 1) / _groupSize;
        var listening = plan.Members.Where(member => member.Listens).Select((member, i) => (member.NodeIndex, Group: i % Groups));
        _groups = _computing.Select((member, i) => (member.NodeIndex, Group: i / _groupSize)).Concat(listening).ToFrozenDictionary(pair => pair.NodeIndex, pair => pair.Group);
        Slices = [.. (IsHub ? [(0, floats, Hub, [Hub])] : Parts(floats)).SelectMany(Cut).Select((slice, i) => slice with { Number = i })];
    }

    public Plan Plan { get; }

    /// <summary>True when the coordinator sums.</summary>
    public bool IsHub { get; }

    /// <summary>How many groups the members form; 1 when there are no levels.</summary>
    public int Groups { get; }

    /// <summary>All slices, ascending by offset, without a gap.</summary>
    public ImmutableArray<SliceRoute> Slices { get; }

    public static ReduceRoute Of(Plan plan, int floats)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(floats);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.SliceFloats, nameof(plan));
        return new(plan, floats);
    }

    /// <summary>The group that a member belongs to, or, for one that listens, hears the sums from.</summary>
    public int GroupOf(int nodeIndex) => _groups[nodeIndex];

    /// <summary>Whom a member sends its part of a slice to and hears the sum from; itself for a slice of its own.</summary>
    public int OwnerFor(SliceRoute slice, int nodeIndex) => slice.Owners[_groups[nodeIndex]];

    /// <summary>The microbatches whose sums a group hands on at a step.</summary>
    public MicrobatchSet WorkOf(int group, long step) => MembersOf(group).Aggregate(MicrobatchSet.Empty, (all, member) => all.Union(Plan.WorkAt(member, step)));

    /// <summary>Whom an owner passes a slice's sum on to.</summary>
    public IEnumerable<int> Hearers(SliceRoute slice, int owner)
    {
        var group = slice.Owners.IndexOf(owner);
        var members = _groups.Where(pair => pair.Value == group && pair.Key != owner).Select(pair => pair.Key);
        return slice.Root == owner ? members.Concat(slice.Owners.Where(other => other != owner)) : members;
    }

    private IEnumerable<Member> MembersOf(int group) => _computing.Skip(group * _groupSize).Take(_groupSize);

    // Stretches with the same owners in every group, each cut into one part a root.
    private IEnumerable<(int First, int End, int Root, ImmutableArray<int> Owners)> Parts(int floats)
    {
        var sizes = Enumerable.Range(0, Groups).Select(group => MembersOf(group).Count()).ToArray();
        var cuts = sizes.Distinct().SelectMany(size => Enumerable.Range(0, size + 1).Select(i => Boundary(floats, i, size))).Distinct().Order().ToArray();
        for (var i = 0; i + 1 < cuts.Length; i++)
        {
            var (first, length, before) = (cuts[i], cuts[i + 1] - cuts[i], 0);
            ImmutableArray<int> owners = [.. sizes.Select((size, group) => OwnerAt(first, floats, group, size))];
            for (var group = 0; group < Groups; group++)
            {
                var (from, to) = (Boundary(length, before, _computing.Length), Boundary(length, before += sizes[group], _computing.Length));
                if (to > from) yield return (first + from, first + to, owners[group], owners);
            }
        }
    }

    private int OwnerAt(int offset, int floats, int group, int size)
    {
        var part = 0;
        while (Boundary(floats, part + 1, size) <= offset) part++;
        return _computing[group * _groupSize + part].NodeIndex;
    }

    private IEnumerable<SliceRoute> Cut((int First, int End, int Root, ImmutableArray<int> Owners) part)
    {
        for (var at = part.First; at < part.End; at += Math.Min(Plan.SliceFloats, part.End - at))
            yield return new(0, at, Math.Min(Plan.SliceFloats, part.End - at), part.Root, part.Owners);
    }

    // Where part i of n begins.
    private static int Boundary(int floats, int i, int n) =>
        i == n ? floats : (int)Math.Min(floats, ((long)floats * i / n + Grain / 2) / Grain * Grain);
}
