using System.Runtime.InteropServices;
using Lockstep.Models.Tests.Masks;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class StepPartialsTests
{
    private const int M = 16, Floats = 101, Segment = 16, Segments = 7;

    private static readonly float[][] s_contributions = [.. Enumerable.Range(0, M).Select(Contribution)];

    [Theory]
    [InlineData("0-8")]
    [InlineData("0-16")]
    [InlineData("3-8")]
    [InlineData("1-7 9-10 12-16")]
    [InlineData("5-6")]
    [InlineData("")]
    public void Add_RegionsFromManyThreadsInAnyOrder_GivesTheBitsOfTheTree(string ranges)
    {
        var work = Set(ranges);
        var partials = Make();
        for (var step = 0; step < 30; step++)
        {
            partials.Begin(work);
            Assert.Equal((MicrobatchSet.Empty, work), (partials.Held, partials.Missing));
            Parallel.ForEach(Shuffled(Regions(work), step), region => Add(partials, region.Microbatch, region.Segment));

            Assert.Equal((work, MicrobatchSet.Empty), (partials.Held, partials.Missing));
            AssertIsTheTree(partials, work);
        }
    }

    [Fact]
    public void Retarget_AtAnyMomentToAnyWork_KeepsWhatItCanAndGivesTheBitsOfTheTree()
    {
        var partials = Make();
        var reused = 0;
        for (var round = 0; round < 400; round++)
        {
            var random = new Random(round);
            partials.Begin(Random(random));
            for (var change = 0; change < 3; change++)
            {
                var regions = Shuffled(Regions(partials.Missing), random.Next());
                // Some are given up half way.
                Parallel.ForEach(regions[..random.Next(regions.Length + 1)], region => Add(partials, region.Microbatch, region.Segment));
                var (held, next) = (partials.Held, Random(random));

                partials.Retarget(next);

                Assert.Equal(next, partials.Work);
                Assert.Equal(next, partials.Held.Union(partials.Missing));
                Assert.True(partials.Held.Except(held).IsEmpty);
                reused += partials.Held.Count;
            }
            Parallel.ForEach(Shuffled(Regions(partials.Missing), round), region => Add(partials, region.Microbatch, region.Segment));
            Assert.True(partials.Missing.IsEmpty);
            AssertIsTheTree(partials, partials.Work);
        }
        Assert.True(reused > 0);
    }

    [Theory]
    [InlineData("0-8", "0-16", "0-8")]     // grows: all of it
    [InlineData("4-6", "4-8", "4-6")]
    [InlineData("0-8", "0-4", "")]         // a merged block cannot be taken apart
    [InlineData("0-7", "0-6", "0-6")]      // but single ones beside it can go
    [InlineData("1-3 6-7", "0-8", "1-3 6-7")]
    [InlineData("0-4", "8-12", "")]
    [InlineData("0-4", "", "")]
    public void Retarget_AfterAllWasAdded_HoldsWhatLiesInsideNewBlocks(string work, string next, string held)
    {
        var partials = Make();
        partials.Begin(Set(work));
        foreach (var m in Set(work).Members) partials.Add(m, 0, s_contributions[m]);

        partials.Retarget(Set(next));

        Assert.Equal(Set(held), partials.Held);
        Assert.Equal(Set(next).Except(Set(held)), partials.Missing);
        foreach (var m in partials.Missing.Members) partials.Add(m, 0, s_contributions[m]);
        AssertIsTheTree(partials, Set(next));
    }

    [Fact]
    public void Retarget_SiblingsBecomeJoinable_AreSummedAtOnce()
    {
        var partials = Make();
        partials.Begin(Set("0-7")); // [0, 4), [4, 6), [6, 7)
        foreach (var m in Set("0-7").Members) partials.Add(m, 0, s_contributions[m]);
        partials.Retarget(Set("0-8"));
        partials.Add(7, 0, s_contributions[7]);
        Assert.Equal([new(0, 8)], partials.Blocks);
        AssertIsTheTree(partials, Set("0-8"));
    }

    [Fact]
    public void Retarget_MicrobatchGivenUpHalfWay_MayBeAddedAgain()
    {
        var partials = Make();
        partials.Begin(Set("0-2"));
        partials.Add(0, 0, s_contributions[0]);
        Add(partials, 1, 3);
        partials.Retarget(Set("0-2"));
        Assert.Equal((Set("0-1"), Set("1-2")), (partials.Held, partials.Missing));

        Assert.Contains("Floats [0, 101) of microbatch 0 were already", Assert.Throws<InvalidOperationException>(() => partials.Add(0, 0, s_contributions[0])).Message);
        partials.Add(1, 0, s_contributions[1]);
        AssertIsTheTree(partials, Set("0-2"));
        Assert.Throws<InvalidOperationException>(() => partials.Add(1, 0, s_contributions[1]));
    }

    [Fact]
    public void IsSummed_TailIsThereBeforeTheHead()
    {
        var partials = Make();
        partials.Begin(Set("2-5"));
        partials.Add(2, 0, s_contributions[2]);
        partials.Add(4, 0, s_contributions[4]);
        Assert.False(partials.IsSummed(0, Floats));
        partials.Add(3, 4 * Segment, s_contributions[3].AsSpan(4 * Segment));

        Assert.True(partials.IsSummed(4 * Segment, Floats - 4 * Segment));
        Assert.True(partials.IsSummed(70, 20));
        Assert.False(partials.IsSummed(4 * Segment - 1, 2));
        Assert.False(partials.IsSummed(0, 1));
        Assert.Equal(Bits(Tree(new(2, 2)).AsSpan(64)), Bits(partials.SumOf(new(2, 2), 64, 37).Span));
        Assert.Equal(Set("3-4"), partials.Missing);
        Assert.Throws<ArgumentException>(() => partials.SumOf(new(2, 1), 64, 37));
        Assert.Throws<ArgumentOutOfRangeException>(() => partials.IsSummed(90, 12));
    }

    [Fact]
    public async Task Changed_RegionFinal_CompletesAndIsThenAnother()
    {
        var partials = Make();
        partials.Begin(Set("0-2"));
        var changed = partials.Changed;
        Assert.Same(changed, partials.Changed);
        Add(partials, 0, 6);
        Assert.False(changed.IsCompleted);
        Add(partials, 1, 6);
        await changed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(partials.IsSummed(6 * Segment, 5));

        changed = partials.Changed;
        Assert.False(changed.IsCompleted);
        partials.Retarget(Set("0-4")); // nobody may go on waiting for what no longer comes
        await changed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Work_Empty_IsSummedWithNothingToSend()
    {
        var partials = Make();
        partials.Begin(MicrobatchSet.Empty);
        Assert.Empty(partials.Blocks);
        Assert.True(partials.IsSummed(0, Floats));
    }

    [Fact]
    public void Microbatches_One_IsItsOwnSum()
    {
        var partials = new StepPartials(1, Floats, Segment);
        partials.Begin(Set("0-1"));
        Add(partials, 0, 6);
        Assert.True(partials.IsSummed(96, 5));
        partials.Add(0, 0, s_contributions[0].AsSpan(0, 96));
        Assert.Equal(Bits(s_contributions[0]), Bits(partials.SumOf(new(0, 1), 0, Floats).Span));
    }

    [Fact]
    public void Steps_OneAfterTheOther_AllocateNothing()
    {
        var partials = Make();
        var work = Set("1-7 9-16");
        var order = Shuffled(Regions(work), 1);
        Step();
        Step();

        Assert.Equal(0, Allocations.Least(Step));

        void Step()
        {
            partials.Begin(work);
            foreach (var region in order) Add(partials, region.Microbatch, region.Segment);
        }
    }

    [Theory]
    [InlineData(3, 0, Floats, "Microbatch 3 is not part of this node's work, [4, 8)")]
    [InlineData(16, 0, Floats, "Microbatch 16")]
    [InlineData(4, 0, 16, "of microbatch 4 were already summed")]
    [InlineData(4, 0, Floats, "of microbatch 4 were already summed")]
    public void Add_ForeignOrDoubled_ThrowsNamingIt(int microbatch, int offset, int length, string message)
    {
        var partials = Make();
        partials.Begin(Set("4-8"));
        Add(partials, 4, 0);
        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => partials.Add(microbatch, offset, new float[length])).Message);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(0, 15)]
    [InlineData(0, 112)]
    [InlineData(-16, 16)]
    public void Add_NotWholeSegments_Throws(int offset, int length)
    {
        var partials = Make();
        partials.Begin(Set("4-8"));
        Assert.Contains("whole segments", Assert.Throws<ArgumentException>(() => partials.Add(4, offset, new float[length])).Message);
    }

    private static StepPartials Make() => new(M, Floats, Segment);

    private static void Add(StepPartials partials, int microbatch, int segment) =>
        partials.Add(microbatch, segment * Segment, s_contributions[microbatch].AsSpan(segment * Segment, Math.Min(Segment, Floats - segment * Segment)));

    private static void AssertIsTheTree(StepPartials partials, MicrobatchSet work)
    {
        Assert.True(partials.IsSummed(0, Floats));
        Assert.Equal(work.Blocks, partials.Blocks);
        Assert.All(work.Blocks, block => Assert.Equal(Bits(Tree(block)), Bits(partials.SumOf(block, 0, Floats).Span)));
    }

    private static (int Microbatch, int Segment)[] Regions(MicrobatchSet work) =>
        [.. work.Members.SelectMany(m => Enumerable.Range(0, Segments).Select(s => (m, s)))];

    private static T[] Shuffled<T>(T[] items, int seed)
    {
        new Random(seed).Shuffle(items);
        return items;
    }

    private static MicrobatchSet Set(string ranges) => MicrobatchSet.Of(ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(range => range.Split('-').Select(int.Parse).ToArray()).Select(ends => new MicrobatchBlock(ends[0], ends[1] - ends[0])));

    private static MicrobatchSet Random(Random random) => MicrobatchSet.Of(Enumerable.Range(0, random.Next(4)).Select(_ =>
    {
        var first = random.Next(M);
        return new MicrobatchBlock(first, random.Next(1, M - first + 1));
    }));

    // Numbers of very different sizes, so that another order of additions gives other bits.
    private static float[] Contribution(int microbatch)
    {
        var random = new Random(microbatch);
        return [.. Enumerable.Range(0, Floats).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-6, 7)))];
    }

    private static float[] Tree(MicrobatchBlock block)
    {
        if (block.Count == 1) return s_contributions[block.First];
        var half = block.Count / 2;
        return [.. Tree(new(block.First, half)).Zip(Tree(new(block.First + half, half)), (a, b) => a + b)];
    }

    private static int[] Bits(ReadOnlySpan<float> floats) => MemoryMarshal.Cast<float, int>(floats).ToArray();
}
