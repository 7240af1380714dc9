using Grpc.Core;
using Lockstep.Node.Collectives;
using Lockstep.Protos;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class HubAllReduceTests
{
    private const int Floats = 2500;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly Plan Plan = new()
    {
        Run = "0123456789abcdef0123456789abcdef",
        Generation = 3,
        Microbatches = 4,
        MicrobatchCount = 4,
        Nodes = 1,
        Reducer = "hub",
        SliceFloats = 1000,
    };

    [Fact]
    public async Task Reduce_ManySteps_ReturnsTheSumAndCountsBytes()
    {
        await using var reducer = await FakeReducer.StartAsync(static _ => { });
        await using var allReduce = await OpenAsync(reducer);
        var sum = new float[Floats];
        for (var step = 0; step < 10; step++)
        {
            var partials = Partials(step);

            await allReduce.ReduceAsync(step, partials, sum, CancellationToken.None).AsTask().WaitAsync(Limit);

            Assert.Equal(partials.SumOf(new(0, 4), 0, Floats).ToArray(), sum);
        }
        Assert.Equal(10 * Floats * sizeof(float), allReduce.BytesSent);
        Assert.Equal(allReduce.BytesSent, allReduce.BytesReceived);
    }

    public static TheoryData<Action<ChunkMessage>, string> Spoilers => new()
    {
        { chunk => chunk.Data.Span[7] += 1, "checksum" },
        { chunk => chunk.Step = 4, "the slice is of step 4 of generation 3" },
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
        await using var allReduce = await OpenAsync(reducer);

        var failed = await Assert.ThrowsAsync<AllReduceException>(() => allReduce.ReduceAsync(5, Partials(5), new float[Floats], CancellationToken.None).AsTask().WaitAsync(Limit));

        Assert.Contains($"The sum of step 5 failed at the reducer {reducer.Address}", failed.Message);
        Assert.Contains(reason, failed.Message);
    }

    [Fact]
    public async Task Reduce_Cancelled_EndsAtOnce()
    {
        using var cancelled = new CancellationTokenSource();
        using var answering = new ManualResetEventSlim();
        await using var reducer = await FakeReducer.StartAsync(_ =>
        {
            cancelled.Cancel();
            answering.Wait(Limit);
        });
        await using var allReduce = await OpenAsync(reducer);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => allReduce.ReduceAsync(0, Partials(0), new float[Floats], cancelled.Token).AsTask().WaitAsync(Limit));

        answering.Set();
    }

    [Fact]
    public async Task Reduce_NobodyListens_FailsNamingTheReducer()
    {
        var reducer = await FakeReducer.StartAsync(static _ => { });
        var address = reducer.Address;
        await reducer.DisposeAsync();
        await using var allReduce = await HubAllReduce.OpenAsync(address, Plan, 0, NullLogger.Instance, CancellationToken.None);

        var failed = await Assert.ThrowsAsync<AllReduceException>(() => allReduce.ReduceAsync(0, Partials(0), new float[Floats], CancellationToken.None).AsTask().WaitAsync(Limit));

        Assert.Contains(address.ToString(), failed.Message);
    }

    private static Task<HubAllReduce> OpenAsync(FakeReducer reducer) =>
        HubAllReduce.OpenAsync(reducer.Address, Plan, 0, NullLogger.Instance, CancellationToken.None).WaitAsync(Limit);

    private static StepPartials Partials(int step)
    {
        var partials = new StepPartials(4, Floats);
        partials.Begin(MicrobatchSet.Of(new MicrobatchBlock(0, 4)));
        for (var microbatch = 0; microbatch < 4; microbatch++)
            partials.Add(microbatch, 0, [.. Enumerable.Range(0, Floats).Select(i => step + microbatch + i * 0.1f)]);
        return partials;
    }
}
