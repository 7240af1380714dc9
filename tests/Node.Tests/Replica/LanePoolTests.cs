using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Tests.Augment;
using Lockstep.Node.Tests.Data;
using Lockstep.Node.Tests.Replica.Devices;
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
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task Compute_SeveralRanges_AddsThemAndNothingElse(int lanes, bool isLazy)
    {
        using var rig = new Rig(lanes, isLazy);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compute_Nothing_EndsAtOnce(bool isLazy)
    {
        using var rig = new Rig(2, isLazy);
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compute_LaneFailsHalfWay_ThrowsAndTheMicrobatchCanBeComputedAgain(bool isLazy)
    {
        var fails = true;
        using var rig = new Rig(2, isLazy, halfWay: _ =>
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compute_Cancelled_EndsWithWhatWasBegunWhole(bool isStaged)
    {
        using var cancelled = new CancellationTokenSource();
        using var rig = new Rig(1, device: isStaged ? new PoisonDevice(views: 1) : null, halfWay: _ => cancelled.Cancel());
        rig.Sums.Begin(MicrobatchSet.Of(s_all));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rig.ComputeAsync(0, [5, 6], cancelled.Token));
        Assert.Equal(MicrobatchSet.Of(new MicrobatchBlock(5, 1)), rig.Sums.Held);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compute_SlowSource_TellsHowLongLanesWaited(bool isLazy)
    {
        using var gate = new SemaphoreSlim(0);
        var time = new ManualTime();
        using var rig = new Rig(1, isLazy, time: time, onRead: _ => gate.Wait(s_limit));
        rig.Sums.Begin(MicrobatchSet.Of(new MicrobatchBlock(0, 2)));
        var computing = rig.ComputeAsync(0, [0, 1]);

        foreach (var (asked, seconds) in new[] { (1, 9), (3, 4) }) // each wait begins and ends with a look at the clock
        {
            Assert.True(SpinWait.SpinUntil(() => time.Looks == asked, s_limit));
            Assert.Equal(asked / 2, rig.Pool.Computed); // nothing that could be finished waits for images
            time.Advance(TimeSpan.FromSeconds(seconds));
            gate.Release(s_shape.MicrobatchSize);
        }

        Assert.Equal(13, await computing);
        gate.Release(1000); // what is read ahead
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Compute_OnALateDevice_EveryMicrobatchIsThatOfItsImages(int lanes)
    {
        using var direct = new Rig(1);
        using var late = new Rig(lanes, isLazy: true);
        for (var step = 0; step < 4; step++)
        {
            int[] work = step % 2 == 0 ? [0, 1, 2, 3, 4, 5, 6, 7] : [7, 5, 6, 0, 1];
            foreach (var rig in new[] { direct, late })
            {
                rig.Sums.Begin(MicrobatchSet.Of(s_all));
                await rig.ComputeAsync(step, work);
                await rig.ComputeAsync(step, [.. rig.Sums.Missing.Members]);
            }
            Assert.Equal(direct.Sums.SumOf(s_all, 0, FakeMethod.Floats).ToArray(), late.Sums.SumOf(s_all, 0, FakeMethod.Floats).ToArray());
        }
    }

    [Fact]
    public async Task Compute_NextImagesAreThere_TheyGoToTheDeviceWhileItComputes()
    {
        var reads = 0;
        using var rig = new Rig(1, isLazy: true, onRead: _ => Interlocked.Increment(ref reads));
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 4 * s_shape.MicrobatchSize, s_limit)); // so two microbatches are there for certain
        rig.Sums.Begin(MicrobatchSet.Of(s_all));
        await rig.ComputeAsync(0, [0, 1]);
        Assert.Equal(["upload", "compute", "upload", "download", "compute", "download"], rig.Device.Asked);
    }

    private sealed class Rig : IDisposable
    {
        private readonly MicrobatchPrefetcher _data;
        private readonly ReplicaState _state;

        public Rig(int lanes, bool isLazy = false, Action<Rig>? halfWay = null, TimeProvider? time = null, Action<int>? onRead = null, ComputeDevice? device = null)
        {
            ViewSpec[] views = [Views.Local(8)];
            var method = new FakeMethod(views, halfWay is null ? null : _ => halfWay(this), isLazy ? Device.Give : null);
            _state = new ReplicaState(method.State);
            _data = new MicrobatchPrefetcher(new MemorySource(64) { OnRead = onRead }, s_shape, views, MicrobatchSet.Of(s_all), s_all, 0, 10, workers: 1, depth: 4, maxBrokenShare: 1);
            Pool = new LanePool(method, _state, lanes, s_shape.MicrobatchSize, device ?? (isLazy ? Device : ComputeDevice.Cpu), time ?? TimeProvider.System);
        }

        public LazyDevice Device { get; } = new();

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
