using Lockstep.Coordinator.Planning;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Chunks;

public sealed class SliceReducerTests
{
    private const int Floats = 37;

    public static MatrixTheoryData<int, int> Clusters => new([1, 2, 3, 4, 5, 6, 7, 8, 9], [8, 16, 32]);

    [Theory]
    [MemberData(nameof(Clusters))]
    public void Add_AnyClusterAndAnyOrderOfArrival_GivesTheBitsOfTheTree(int nodes, int microbatches)
    {
        if (nodes > microbatches) return;
        var random = new Random(nodes * microbatches);
        var reducer = new SliceReducer(5, microbatches);
        for (var step = 5; step < 10; step++)
        {
            var expected = Contributions.Bits(Contributions.TreeSum(new(0, microbatches), m => Contributions.Of(step, m, Floats)));
            var chunks = Assignment.Ranges(microbatches, nodes).SelectMany(range => Chunks(step, microbatches, range, random)).ToArray();
            random.Shuffle(chunks);

            var sums = chunks.Select(reducer.Add).ToArray();

            Assert.All(sums, verdict => Assert.Null(verdict.Refusal));
            Assert.All(sums[..^1], verdict => Assert.Null(verdict.Sum));
            Assert.Equal(expected, Contributions.Bits(sums[^1].Sum!.Data.Span));
            Assert.Equal(new(0, microbatches), sums[^1].Sum!.Block);
        }
    }

    [Fact]
    public void Add_ManyThreads_GivesTheBitsOfTheTree()
    {
        var expected = Contributions.Bits(Contributions.TreeSum(new(0, 32), m => Contributions.Of(5, m, Floats)));
        var reducer = new SliceReducer(5, 32);
        ChunkMessage? sum = null;

        Parallel.For(0, 32, m => sum = reducer.Add(Chunk(new(m, 1), Contributions.Of(5, m, Floats))).Sum ?? sum);

        Assert.Equal(expected, Contributions.Bits(sum!.Data.Span));
    }

    [Fact]
    public void Add_SameBlockAgain_IsRefusedEvenAfterTheSum()
    {
        var reducer = new SliceReducer(5, 2);
        reducer.Add(Chunk(new(0, 1), new float[Floats]));

        Assert.Contains("already summed", reducer.Add(Chunk(new(0, 1), new float[Floats])).Refusal);
        Assert.NotNull(reducer.Add(Chunk(new(1, 1), new float[Floats])).Sum);
        Assert.Contains("already summed", reducer.Add(Chunk(new(0, 2), new float[Floats])).Refusal);
    }

    [Theory]
    [InlineData(1, 2, "not an aligned")]
    [InlineData(0, 3, "not an aligned")]
    [InlineData(8, 8, "outside")]
    [InlineData(-1, 1, "not an aligned")]
    [InlineData(0, 0, "not an aligned")]
    public void Add_StrayBlock_IsRefused(int first, int count, string reason) =>
        Assert.Contains(reason, new SliceReducer(5, 8).Add(Chunk(new(first, count), new float[Floats])).Refusal);

    [Fact]
    public void Add_AnotherLength_IsRefused()
    {
        var reducer = new SliceReducer(5, 8);
        reducer.Add(Chunk(new(0, 1), new float[Floats]));

        Assert.Contains("38 floats", reducer.Add(Chunk(new(1, 1), new float[38])).Refusal);
        Assert.Contains("no data", reducer.Add(Chunk(new(1, 1), [])).Refusal);
    }

    [Fact]
    public void Add_StepOtherThanItsOwn_IsRefusedUntilTheSumIsComplete()
    {
        var reducer = new SliceReducer(5, 2);
        reducer.Add(Chunk(new(0, 1), new float[Floats]));

        Assert.Contains("step 6 is not the step in progress (5)", reducer.Add(Chunk(new(0, 1), new float[Floats], 6)).Refusal);
        reducer.Add(Chunk(new(1, 1), new float[Floats]));
        Assert.Contains("step 7 is not", reducer.Add(Chunk(new(0, 1), new float[Floats], 7)).Refusal);
        Assert.Null(reducer.Add(Chunk(new(0, 1), new float[Floats], 6)).Refusal);
        Assert.Contains("step 5 is not", reducer.Add(Chunk(new(1, 1), new float[Floats])).Refusal);
        Assert.NotNull(reducer.Add(Chunk(new(1, 1), new float[Floats], 6)).Sum);
    }

    [Fact]
    public void Add_SetOfSeveralRanges_GivesTheSumOfEachMaximalBlockAndThenThatOfLaterWork()
    {
        var first = MicrobatchSet.Of([new MicrobatchBlock(1, 3), new MicrobatchBlock(6, 1)]);
        var reducer = new SliceReducer(5, first, MicrobatchSet.Of(new MicrobatchBlock(0, 2)));

        var verdicts = new[] { 2, 6, 3, 1 }.Select(m => reducer.Add(Chunk(new(m, 1), Contributions.Of(5, m, Floats)))).ToArray();

        Assert.Equal([null, new(6, 1), new(2, 2), new(1, 1)], verdicts.Select(verdict => verdict.Sum?.Block));
        var pair = Contributions.Bits(Contributions.TreeSum(new(2, 2), m => Contributions.Of(5, m, Floats)));
        Assert.Equal(pair, Contributions.Bits(verdicts[2].Sum!.Data.Span));
        Assert.Equal(new(0, 2), reducer.Add(Chunk(new(0, 2), new float[Floats], 6)).Sum!.Block);
        Assert.Contains("outside [0, 2)", reducer.Add(Chunk(new(2, 2), new float[Floats], 7)).Refusal);
    }

    private static IEnumerable<ChunkMessage> Chunks(long step, int microbatches, MicrobatchBlock range, Random random)
    {
        var node = new StepPartials(microbatches, Floats);
        node.Begin(MicrobatchSet.Of(range));
        var order = Enumerable.Range(range.First, range.Count).ToArray();
        random.Shuffle(order);
        foreach (var microbatch in order) node.Add(microbatch, 0, Contributions.Of(step, microbatch, Floats));
        return node.Blocks.Select(block => Chunk(block, node.SumOf(block, 0, Floats).ToArray(), step)).ToArray();
    }

    private static ChunkMessage Chunk(MicrobatchBlock block, float[] data, long step = 5) => new() { Step = step, Block = block, Data = data };
}
