using Grpc.Core;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

/// <summary>A node against a reducer that may answer nonsense.</summary>
public sealed class HubAllReduceTests
{
    private const int Floats = 2500;
    private static readonly Plan Plan = TestRun.Shape(3, "hub", 0, 1, microbatches: 4, sliceFloats: 1000, firstStep: 5);

    [Fact]
    public async Task Reduce_ManySteps_ReturnsTheSumAndCountsBytes()
    {
        await using var reducer = await FakeReducer.StartAsync(static _ => { });
        await using var allReduce = Open(reducer.Address);
        var sum = new float[Floats];
        for (var step = 5; step < 15; step++)
        {
            await allReduce.ReduceAsync(step, Partials(step), sum, CancellationToken.None).WaitAsync(TestRun.Limit);

            Assert.Equal(RandomPartials.TreeSum(step, new(0, 4), Floats), sum);
        }
        Assert.Equal(10 * Floats * sizeof(float), allReduce.BytesSent);
        Assert.Equal(allReduce.BytesSent, allReduce.BytesReceived);
    }

    public static TheoryData<Action<ChunkMessage>, string> Spoilers => new()
    {
        { chunk => chunk.Data.Span[7] += 1, "checksum" },
        { chunk => chunk.Step = 4, "the slice is of step 4 of generation 3" },
        { chunk => chunk.Step = 7, "the slice is of step 7 of generation 3" },
        { chunk => chunk.Generation = 2, "the slice is of step 5 of generation 2" },
        { chunk => chunk.Run = 1, "another run" },
        { chunk => chunk.Block = new(0, 2), "sums only microbatches [0, 2)" },
        { chunk => chunk.Offset = 1, "no slice begins at 1" },
        { chunk => chunk.Offset = 5000, "no slice begins at 5000" },
        { chunk => chunk.Offset = 0, "the slice at 0 came twice" },
        { chunk => chunk.Data = chunk.Data[..10], "has 10 floats, not 1000" },
        { _ => throw new RpcException(new Status(StatusCode.FailedPrecondition, "generation 3 is over")), "generation 3 is over" },
    };

    [Theory]
    [MemberData(nameof(Spoilers), DisableDiscoveryEnumeration = true)]
    public async Task Reduce_AnswerIsNotTheSum_FailsSayingWhatIsWrong(Action<ChunkMessage> spoil, string reason)
    {
        await using var reducer = await FakeReducer.StartAsync(spoil);
        await using var allReduce = Open(reducer.Address);

        var failed = await Assert.ThrowsAsync<AllReduceException>(() => allReduce.ReduceAsync(5, Partials(5), new float[Floats], CancellationToken.None).WaitAsync(TestRun.Limit));

        Assert.Equal(-1, failed.PeerIndex);
        Assert.Matches("The sum of step 5 failed at slice \\d of the coordinator", failed.Message);
        Assert.Contains(reason, failed.Message);
    }

    [Fact]
    public async Task Reduce_CancelledWhileTheReducerHangs_EndsAtOnce()
    {
        using var cancelled = new CancellationTokenSource();
        using var answering = new ManualResetEventSlim();
        await using var reducer = await FakeReducer.StartAsync(_ =>
        {
            cancelled.Cancel();
            answering.Wait(TestRun.Limit);
        });
        await using var allReduce = Open(reducer.Address);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => allReduce.ReduceAsync(5, Partials(5), new float[Floats], cancelled.Token).WaitAsync(TestRun.Limit));

        answering.Set();
    }

    [Fact]
    public async Task Reduce_NobodyListens_FailsNamingTheReducer()
    {
        var reducer = await FakeReducer.StartAsync(static _ => { });
        var address = reducer.Address;
        await reducer.DisposeAsync();
        await using var allReduce = Open(address);

        var failed = await Assert.ThrowsAsync<AllReduceException>(() => allReduce.ReduceAsync(5, Partials(5), new float[Floats], CancellationToken.None).WaitAsync(TestRun.Limit));

        Assert.Contains("of the coordinator", failed.Message);
    }

    private static IAllReduce Open(Uri reducer) => new Node.Collectives.Collectives(Identity.None, NullLogger<Node.Collectives.Collectives>.Instance).Open(Plan, 0, Floats, reducer);

    private static RandomPartials Partials(long step) => RandomPartials.Final(step, MicrobatchSet.Of(new MicrobatchBlock(0, 4)), Floats);
}
