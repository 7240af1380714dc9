using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using Lockstep.Node.Replica;
using Lockstep.Node.Tests.Augment;
using Lockstep.Node.Tests.Data;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Replica;

public sealed class LanePoolTests
{
    private const int Microbatches = 8;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly RunShape s_shape = new(Seed: 3, Samples: 64, GlobalBatch: 2 * Microbatches, Microbatches, TotalSteps: 10);
    private static readonly MicrobatchBlock s_all = new(0, Microbatches);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Compute_SeveralRanges_AddsThemAndNothingElse(int lanes)
    {
        using var rig = new Rig(lanes);
        var work = MicrobatchSet.Of([new MicrobatchBlock(1, 2), new MicrobatchBlock(4, 4)]);
        for (var step = 0; step < 3; step++)
        {
            rig.Sums.Begin(work);
            await rig.ComputeAsync(step, [6, 1, 5, 2]);
            Assert.Equal(MicrobatchSet.Of([new MicrobatchBlock(4, 1), new MicrobatchBlock(7, 1)]), rig.Sums.Missing);

            rig.Sums.Retarget(MicrobatchSet.Of(s_all)); // another node's share comes on top
            await rig.ComputeAsync(step, [.. rig.Sums.Missing.Members]);
            Assert.Equal(36f, rig.Sums.SumOf(s_all, 40, 1).Span[0]);
            Assert.Equal(8 * (step + 1), rig.Pool.Computed);
        }
    }

    [Fact]
    public async Task Compute_Nothing_EndsAtOnce()
    {
        using var rig = new Rig(2);
        rig.Sums.Begin(MicrobatchSet.Empty);
        await rig.ComputeAsync(0, []);
        Assert.Equal(0, rig.Pool.Computed);
    }

    [Fact]
    public async Task Compute_BackwardUnderWay_TheTailIsSummedAlready()
    {
        using var rig = new Rig(1, halfWay: rig => Assert.Equal((true, false), (rig.Sums.IsSummed(32, 32), rig.Sums.IsSummed(0, 32))));
        rig.Sums.Begin(MicrobatchSet.Of(new MicrobatchBlock(3, 1)));
        await rig.ComputeAsync(0, [3]);
        Assert.True(rig.Sums.IsSummed(0, 64));
    }

    [Fact]
    public async Task Compute_LaneFailsHalfWay_ThrowsAndTheMicrobatchCanBeComputedAgain()
    {
        var fails = true;
        using var rig = new Rig(2, halfWay: _ =>
        {
            if (fails) throw new IOException("broken");
        });
        rig.Sums.Begin(MicrobatchSet.Of(s_all));
        var failed = await Assert.ThrowsAsync<IOException>(() => rig.ComputeAsync(0, [0, 1]));
        Assert.Equal("broken", failed.Message);
        Assert.True(rig.Sums.Held.IsEmpty);
        Assert.Equal(0, rig.Pool.Computed);

        fails = false;
        rig.Sums.Retarget(MicrobatchSet.Of(s_all));
        await rig.ComputeAsync(1, [.. rig.Sums.Missing.Members]);
        Assert.Equal(36f, rig.Sums.SumOf(s_all, 40, 1).Span[0]);
        Assert.Equal(36f, rig.Sums.SumOf(s_all, 10, 1).Span[0]);
    }

    [Fact]
    public async Task Compute_Cancelled_EndsWithWhatWasBegunWhole()
    {
        using var cancelled = new CancellationTokenSource();
        using var rig = new Rig(1, halfWay: _ => cancelled.Cancel());
        rig.Sums.Begin(MicrobatchSet.Of(s_all));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.ComputeAsync(0, [5, 6], cancelled.Token));
        Assert.Equal(MicrobatchSet.Of(new MicrobatchBlock(5, 1)), rig.Sums.Held);
    }

    [Fact]
    public async Task Compute_SlowSource_TellsHowLongLanesWaited()
    {
        using var gate = new SemaphoreSlim(0);
        var time = new ManualTime();
        using var rig = new Rig(1, time: time, onRead: _ => gate.Wait(s_limit));
        rig.Sums.Begin(MicrobatchSet.Of(new MicrobatchBlock(0, 2)));
        var computing = rig.ComputeAsync(0, [0, 1]);

        foreach (var (asked, seconds) in new[] { (1, 9), (3, 4) }) // each wait begins and ends with a look at the clock
        {
            Assert.True(SpinWait.SpinUntil(() => time.Looks == asked, s_limit));
            time.Advance(TimeSpan.FromSeconds(seconds));
            gate.Release(s_shape.MicrobatchSize);
        }

        Assert.Equal(13, await computing);
        gate.Release(1000); // what is read ahead
    }

    private sealed class Rig : IDisposable
    {
        private readonly MicrobatchPrefetcher _data;
        private readonly ReplicaState _state;

        public Rig(int lanes, Action<Rig>? halfWay = null, TimeProvider? time = null, Action<int>? onRead = null)
        {
            ViewSpec[] views = [Views.Local(8)];
            var method = new FakeMethod(views, halfWay is null ? null : _ => halfWay(this));
            _state = new ReplicaState(method.State);
            _data = new MicrobatchPrefetcher(new MemorySource(64) { OnRead = onRead }, s_shape, views, MicrobatchSet.Of(s_all), s_all, 0, 10, workers: 1, depth: 4, maxBrokenShare: 1);
            Pool = new LanePool(method, _state, lanes, s_shape.MicrobatchSize, time ?? TimeProvider.System);
        }

        public LanePool Pool { get; }

        public StepPartials Sums { get; } = new(Microbatches, FakeMethod.Floats, segmentFloats: 16);

        public Task<double> ComputeAsync(long step, IReadOnlyList<int> microbatches, CancellationToken cancellationToken = default) =>
            Pool.ComputeAsync(step, microbatches, _data, Sums, cancellationToken).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        public void Dispose()
        {
            Pool.Dispose();
            _data.Dispose();
            _state.Dispose();
        }
    }
}
