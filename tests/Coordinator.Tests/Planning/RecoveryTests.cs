using System.Numerics;
using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class RecoveryTests
{
    [Fact]
    public void Share_OneOfFourLost_HandsOnlyItsMicrobatchesToTheOthers()
    {
        var shares = Recovery.Share(16, [Set(0, 4), Set(4, 4), Set(12, 4)], null);

        Assert.Equal([Sets((0, 4), (8, 2)), Sets((4, 4), (10, 1)), Set(11, 5)], shares);
    }

    [Fact]
    public void Share_LostNeighbour_GoesWhereItCompletesALargerBlock()
    {
        var shares = Recovery.Share(8, [Set(0, 2), Set(4, 2)], null);

        Assert.Equal([Set(0, 4), Set(4, 4)], shares);
    }

    [Fact]
    public void Share_NobodyHoldsAnything_IsTheAssignmentOfAnyStep() =>
        Assert.Equal(
            Assignment.Ranges(16, [1, 2, 1]).Select(MicrobatchSet.Of),
            Recovery.Share(16, [MicrobatchSet.Empty, MicrobatchSet.Empty, MicrobatchSet.Empty], [1, 2, 1]));

    [Fact]
    public void Share_MoreSurvivorsThanMicrobatches_LeavesSomeWithoutWork() =>
        Assert.Equal([1, 1, 0], Recovery.Share(2, [MicrobatchSet.Empty, MicrobatchSet.Empty, MicrobatchSet.Empty], null).Select(set => set.Count));

    [Fact]
    public void Share_ANodeThatCameBack_KeepsNoneOfABlockThatAnotherHasMerged()
    {
        // node 1 came back with [4, 6); meanwhile node 0 has summed [0, 8).
        var shares = Recovery.Share(16, [Set(0, 8), Set(4, 2)], null);

        Assert.Equal([12, 4], shares.Select(set => set.Count));
        Assert.True(shares[0].Contains(new MicrobatchBlock(0, 8)));
    }

    [Fact]
    public void Share_SlowSurvivor_IsAddedLess() =>
        Assert.Equal([4, 2], Recovery.Share(8, [Set(0, 1), Set(1, 1)], [1, 2]).Select(set => set.Count - 1));

    [Fact]
    public void Share_HeldOutsideTheStepOrSpeedsMissing_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Recovery.Share(8, [Set(8, 1)], null));
        Assert.Throws<ArgumentException>(() => Recovery.Share(8, [Set(0, 1)], [1, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Recovery.Share(8, [], null));
    }

    [Fact]
    public void Share_AnyLosses_CoverTheStepAndRecomputeOnlyWhatNobodyHolds()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var (microbatches, held, seconds) = Case(new Random(seed));

            var shares = Recovery.Share(microbatches, held, seconds);

            // Disjoint, and together the whole step.
            Assert.Equal(held.Length, shares.Length);
            Assert.Equal(microbatches, shares.Sum(share => share.Count));
            Assert.Equal(Set(0, microbatches), shares.Aggregate((a, b) => a.Union(b)));

            // Nothing is computed that somebody holds; a held block is used whole or not at all.
            var lost = Set(0, microbatches).Except(held.Aggregate((a, b) => a.Union(b)));
            Assert.Equal(lost, shares.Select((share, i) => share.Except(held[i])).Aggregate((a, b) => a.Union(b)));
            Assert.All(held.Select((set, i) => (set, shares[i])), pair => Assert.All(pair.set.Blocks, block =>
                Assert.True(pair.Item2.Contains(block) || pair.Item2.Intersect(MicrobatchSet.Of(block)).IsEmpty)));
            Assert.Equal(shares, Recovery.Share(microbatches, held, seconds));
        }
    }

    [Fact]
    public void Share_AnyLosses_AddAsLittleTimeAsTheBestShares()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var (microbatches, held, seconds) = Case(new Random(seed));

            var added = Recovery.Share(microbatches, held, seconds).Select((share, i) => share.Except(held[i]).Count).ToArray();

            // No shorter time has room for all that is lost.
            var longest = added.Select((count, i) => count * seconds[i]).Max();
            var room = seconds.Sum(s => Enumerable.Range(1, microbatches).Count(count => count * s < longest));
            Assert.True(added.Sum() == 0 || room < added.Sum(), $"seed {seed}: {longest} s although {room} fit into less");
        }
    }

    [Fact]
    public void Share_AnyLosses_SendFewBlocks()
    {
        long blocks = 0, cut = 0;
        for (var seed = 0; seed < 3000; seed++)
        {
            var (microbatches, held, seconds) = Case(new Random(seed));

            var shares = Recovery.Share(microbatches, held, seconds);

            var lost = Set(0, microbatches).Except(held.Aggregate((a, b) => a.Union(b)));
            var most = held.Sum(set => set.Blocks.Count) + lost.Blocks.Count + (held.Length - 1) * BitOperations.Log2((uint)microbatches);
            var sent = shares.Sum(share => share.Blocks.Count);
            Assert.True(sent <= most, $"seed {seed}: {sent} blocks, more than {most}");
            (blocks, cut) = (blocks + sent, cut + BlocksOfCutInOrder(shares, held, lost));
        }
        Assert.True(blocks <= cut, $"{blocks} blocks; cutting what is lost in order sends {cut}");
    }

    [Fact]
    public void Share_OfTheLargestCluster_IsComplete()
    {
        var held = Enumerable.Range(0, 4096).Where(i => i % 3 != 0).Select(i => Set(16 * i, 16)).ToArray();

        Assert.Equal(65_536, Recovery.Share(65_536, held, null).Sum(share => share.Count));
    }

    // The plain way: the same counts, kept sets as they are, what is lost cut in the order of the survivors.
    private static int BlocksOfCutInOrder(IReadOnlyList<MicrobatchSet> shares, MicrobatchSet[] held, MicrobatchSet lost)
    {
        var members = new Queue<int>(lost.Members);
        return shares.Select((share, i) => share.Intersect(held[i]).Union(MicrobatchSet.Of(
            Enumerable.Range(0, share.Except(held[i]).Count).Select(_ => new MicrobatchBlock(members.Dequeue(), 1)).ToArray())).Blocks.Count).Sum();
    }

    // A cluster that lost some nodes, was perhaps hit before within the step, and has perhaps one that came back.
    private static (int Microbatches, MicrobatchSet[] Held, double[] Seconds) Case(Random random)
    {
        var microbatches = 1 << random.Next(0, 8);
        var nodes = random.Next(1, Math.Min(microbatches, 12) + 1);
        var work = Assignment.Ranges(microbatches, nodes).Select(MicrobatchSet.Of).ToList();
        for (var losses = random.Next(0, 3); losses > 0 && work.Count > 1; losses--)
        {
            work.RemoveAt(random.Next(work.Count));
            if (random.Next(2) == 0) work = [.. Recovery.Share(microbatches, work, null)];
        }
        if (random.Next(3) == 0) work.Add(MicrobatchSet.Empty);
        if (random.Next(3) == 0) work.Add(Of(random, microbatches, 0.3));
        if (random.Next(4) == 0) work = [.. work.Select(_ => Of(random, microbatches, random.NextDouble()))];
        return (microbatches, [.. work], [.. work.Select(_ => random.Next(2) == 0 ? 1 : 0.5 + random.NextDouble())]);
    }

    private static MicrobatchSet Of(Random random, int microbatches, double density) =>
        MicrobatchSet.Of(Enumerable.Range(0, microbatches).Where(_ => random.NextDouble() < density).Select(m => new MicrobatchBlock(m, 1)));

    private static MicrobatchSet Set(int first, int count) => MicrobatchSet.Of(new MicrobatchBlock(first, count));

    private static MicrobatchSet Sets(params (int First, int Count)[] ranges) => MicrobatchSet.Of(ranges.Select(range => new MicrobatchBlock(range.First, range.Count)));
}
