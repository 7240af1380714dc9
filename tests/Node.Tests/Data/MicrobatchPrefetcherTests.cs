using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Reading;
using Lockstep.Node.Tests.Augment;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Data;

public sealed class MicrobatchPrefetcherTests
{
    private const int Microbatches = 4, Size = 3;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    // 5 steps an epoch, and a rest.
    private static readonly RunShape s_shape = new(Seed: 3, Samples: 64, GlobalBatch: Microbatches * Size, Microbatches, TotalSteps: 100);
    private static readonly MicrobatchBlock s_all = new(0, Microbatches);
    private static readonly ViewSpec[] s_views = [Views.Global(12), Views.Local(8)];

    [Fact]
    public void Take_AnyWorkersAndStart_SameBytes()
    {
        var expected = Digests(workers: 1, depth: 1, first: 0, count: 4, start: 0, end: 8);
        Assert.Equal(32, expected.Count);
        Assert.Equal(32, expected.Values.Distinct().Count());
        Assert.Equal(expected, Digests(workers: 3, depth: 5, first: 0, count: 4, start: 0, end: 8));

        // Resumed in mid-epoch, and with another range.
        foreach (var (key, digest) in Digests(workers: 2, depth: 2, first: 1, count: 2, start: 3, end: 8)) Assert.Equal(expected[key], digest);
    }

    [Theory]
    [InlineData("0 2 3", 1, 2)]
    [InlineData("3", 0, 4)]
    [InlineData("", 2, 2)]
    [InlineData("1 2", 0, 0)]
    [InlineData("", 0, 0)]
    public void Take_OtherWorkAtTheFirstStep_SameBytes(string firstWork, int first, int count)
    {
        var expected = Digests(workers: 1, depth: 1, first: 0, count: 4, start: 2, end: 5);
        var members = firstWork.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray();
        var reads = 0;
        var source = new MemorySource(64) { OnRead = _ => Interlocked.Increment(ref reads) };
        using (var prefetcher = Make(source, workers: 2, depth: 20, MicrobatchSet.Of(members.Select(m => new MicrobatchBlock(m, 1))), new(first, count), 2, 5))
        {
            foreach (var m in members.Reverse()) Assert.Equal(expected[(2, m)], Digest(prefetcher, 2, m));
            for (var step = 3; step < 5; step++)
            {
                foreach (var m in Enumerable.Range(first, count)) Assert.Equal(expected[(step, m)], Digest(prefetcher, step, m));
                Assert.Throws<ArgumentOutOfRangeException>(() => prefetcher.Take(step, first + count));
            }
            foreach (var m in Enumerable.Range(0, 4).Except(members)) Assert.Throws<ArgumentOutOfRangeException>(() => prefetcher.Take(2, m));
        }
        Assert.Equal((members.Length + 2 * count) * Size, reads); // and nothing else was prepared
    }

    [Fact]
    public void TryTake_HandsOverWhatIsReady_AndDoesNotWait()
    {
        using var gate = new SemaphoreSlim(0);
        using var prefetcher = Make(new MemorySource(64) { OnRead = _ => gate.Wait(s_limit) }, workers: 1, depth: 1, 0, 4, 0, 2);
        Assert.Null(prefetcher.TryTake(0, 0));
        Assert.Null(prefetcher.TryTake(0, 1)); // from here on prepared, though it lies behind the depth
        gate.Release(2 * Size);
        Microbatch? second = null;
        Assert.True(SpinWait.SpinUntil(() => (second = prefetcher.TryTake(0, 1)) is not null, s_limit));
        using (second) Assert.Equal((0, 1), (second!.Step, second.Index));
        Assert.Equal(0, prefetcher.TryTake(0, 0)!.Index);
        Assert.Null(prefetcher.TryTake(0, 0));
        Assert.Throws<InvalidOperationException>(() => prefetcher.Take(0, 0)); // taken before
        Assert.Throws<ArgumentOutOfRangeException>(() => prefetcher.TryTake(0, 4));
        gate.Release(1000);
    }

    [Theory]
    [InlineData(2, 3, 0)]
    [InlineData(0, 4, 4)]
    [InlineData(-1, 2, 0)]
    public void Construct_WorkOutsideTheStep_Throws(int first, int count, int firstMember) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Make(new MemorySource(64), 1, 1, MicrobatchSet.Of(new MicrobatchBlock(firstMember, 1)), new(first, count), 0, 2));

    [Fact]
    public void Take_BrokenFiles_SameBytesAndNamedOnce()
    {
        var source = () => new MemorySource(64, broken: [3, 9, 30]);
        var named = new List<string>();
        var expected = Digests(1, 1, 0, 4, 0, 10, source());
        Assert.Equal(expected, Digests(3, 4, 0, 4, 0, 10, source(), named));
        Assert.Equal(named.Distinct().Count(), named.Count);
        Assert.Empty(named.Except(["3", "9", "30"]));
        Assert.NotEmpty(named);
    }

    [Fact]
    public void Take_OrderOfShards_ReadsWhatThatOrderSays()
    {
        var order = EpochOrder.Shards([0, 20, 21, 50], shuffleShards: 2);
        var read = new List<int>();
        using (var prefetcher = new MicrobatchPrefetcher(
            new MemorySource(64) { OnRead = read.Add }, s_shape, s_views, MicrobatchSet.Of(new MicrobatchBlock(0, 4)), new(0, 4), 4, 6, workers: 1, depth: 8, maxBrokenShare: 1, order: order))
        {
            for (var i = 0; i < 8; i++) prefetcher.Take(4 + i / 4, i % 4).Dispose();
        }
        var expected = new SampleOrder(s_shape, order);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => expected.SampleAt(4 + i / 12, i / 3 % 4, i % 3).Sample), read);
    }

    [Fact]
    public void Take_LastFirst_DoesNotWaitForRoom()
    {
        using var prefetcher = Make(new MemorySource(64), workers: 1, depth: 1, 0, 4, 0, 2);
        foreach (var microbatch in (int[])[3, 1, 0, 2])
        {
            using var batch = prefetcher.Take(0, microbatch);
            Assert.Equal((0, microbatch, Size), (batch.Step, batch.Index, batch.Size));
            Assert.Equal([Size * 3 * 12 * 12, Size * 3 * 8 * 8], batch.Views.Select(v => v.Length));
        }
    }

    [Fact]
    public void Work_Ahead_IsBoundedByTheDepth()
    {
        const int Depth = 2;
        var (taken, reads, excess) = (0, 0, 0);
        var source = new MemorySource(64)
        {
            OnRead = _ =>
            {
                if (Interlocked.Increment(ref reads) > (Volatile.Read(ref taken) + Depth) * Size) Interlocked.Increment(ref excess);
            },
        };
        using var prefetcher = Make(source, workers: 3, Depth, 0, 4, 0, 10);
        for (var i = 0; i < 40; i++)
        {
            Interlocked.Increment(ref taken);
            prefetcher.Take(i / 4, i % 4).Dispose();
        }
        Assert.Equal((40 * Size, 0), (reads, excess));
    }

    [Fact]
    public void Take_ReturnedBuffers_AreUsedAgain()
    {
        using var prefetcher = Make(new MemorySource(64), workers: 1, depth: 1, 0, 4, 0, 10);
        var buffers = new HashSet<object>();
        for (var i = 0; i < 40; i++)
        {
            using var batch = prefetcher.Take(i / 4, i % 4);
            Assert.True(MemoryMarshal.TryGetArray(batch.Views[0], out var array));
            buffers.Add(array.Array!);
        }
        Assert.InRange(buffers.Count, 1, 3); // one taken, one being prepared, one between the two
    }

    [Fact]
    public void Take_WorkerFails_Throws()
    {
        var source = new MemorySource(64, broken: [.. Enumerable.Range(0, 64)]);
        using var prefetcher = Make(source, workers: 2, depth: 2, 0, 4, 0, 10);
        Assert.Throws<DataException>(() => prefetcher.Take(0, 0));
        Assert.Throws<DataException>(() => prefetcher.Take(1, 0));
    }

    [Fact]
    public void Take_Twice_Throws()
    {
        using var prefetcher = Make(new MemorySource(64), workers: 1, depth: 1, 0, 4, 0, 2);
        prefetcher.Take(0, 0).Dispose();
        Assert.Throws<InvalidOperationException>(() => prefetcher.Take(0, 0));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    public void Take_OutsideTheRange_Throws(long step, int microbatch)
    {
        using var prefetcher = Make(new MemorySource(64), workers: 1, depth: 1, 1, 2, 2, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => prefetcher.Take(step, microbatch));
    }

    [Fact]
    public void Construct_OtherNumberOfSamples_SaysSo() =>
        Assert.Contains("63 images", Assert.Throws<DataException>(() => Make(new MemorySource(63), 1, 1, 0, 4, 0, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Dispose_TakerBlocked_ReleasesIt()
    {
        using var gate = new ManualResetEventSlim();
        var prefetcher = Make(new MemorySource(64) { OnRead = _ => gate.Wait(s_limit) }, workers: 2, depth: 1, 0, 4, 0, 2);
        var (taker, thrown) = BlockedTaker(() => prefetcher.Take(0, 0));

        // The workers are inside a slow read: the taker must not wait for them, Dispose does for a second.
        var disposal = new Thread(prefetcher.Dispose);
        disposal.Start();
        Assert.True(taker.Join(s_limit));
        Assert.IsType<ObjectDisposedException>(thrown());
        gate.Set();
        Assert.True(disposal.Join(s_limit));
    }

    [Fact]
    public void Take_Cancelled_ReleasesTheTaker()
    {
        using var gate = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        using var prefetcher = Make(new MemorySource(64) { OnRead = _ => gate.Wait(s_limit) }, workers: 1, depth: 1, 0, 4, 0, 2);
        var (taker, thrown) = BlockedTaker(() => prefetcher.Take(0, 0, cancellation.Token));

        cancellation.Cancel();
        Assert.True(taker.Join(s_limit));
        Assert.IsType<OperationCanceledException>(thrown());

        // What was cancelled can be taken later.
        gate.Set();
        prefetcher.Take(0, 0).Dispose();
    }

    [Fact]
    public void Dispose_NothingTaken_Returns()
    {
        var prefetcher = Make(new MemorySource(64), workers: 3, depth: 2, 0, 4, 0, 100);
        prefetcher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => prefetcher.Take(50, 0));
    }

    [Fact]
    public void Dispose_ReadHangs_LeavesTheWorkerBehind()
    {
        using var gate = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        using var after = new ManualResetEventSlim();
        var prefetcher = Make(new MemorySource(64)
        {
            OnRead = _ =>
            {
                inside.Set();
                gate.Wait();
                after.Set();
            },
        }, workers: 1, depth: 1, 0, 4, 0, 2);
        Assert.True(inside.Wait(s_limit));

        var disposal = new Thread(prefetcher.Dispose);
        disposal.Start();
        Assert.True(disposal.Join(s_limit)); // though the read still hangs

        gate.Set();
        Assert.True(after.Wait(s_limit)); // and what was left behind harms nobody
    }

    [Fact]
    public void Take_ReadHangs_ThrowsThoughTheReaderDoesNotReturn()
    {
        var time = new ManualTime();
        using var gate = new ManualResetEventSlim();
        using var inside = new CountdownEvent(2);
        var source = new MemorySource(64)
        {
            Location = "/mnt/hard",
            OnRead = _ =>
            {
                if (!gate.IsSet) inside.Signal();
                gate.Wait();
            },
        };
        var reads = new SampleReads(source, TimeSpan.FromSeconds(20), time);
        using var prefetcher = new MicrobatchPrefetcher(
            source, s_shape, s_views, MicrobatchSet.Of(s_all), s_all, 0, 2, workers: 2, depth: 2, new BrokenSamples(1), reads);
        Assert.True(inside.Wait(s_limit));
        var (taker, thrown) = BlockedTaker(() => prefetcher.Take(0, 0));
        for (var i = 0; i < 79; i++) time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.True(taker.IsAlive);
        Assert.Contains("the storage hangs", reads.Outage, StringComparison.Ordinal); // what its heartbeats say

        time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.True(taker.Join(s_limit));
        Assert.Contains("in '/mnt/hard' is being read and nothing comes", Assert.IsType<DataException>(thrown()).Message, StringComparison.Ordinal);
        gate.Set();
    }

    [Fact]
    public void Dispose_ReadIsBeingRetried_EndsTheRetry()
    {
        var time = new ManualTime();
        var source = new MemorySource(64) { OnRead = _ => throw new IOException("the mount is gone") };
        var reads = new SampleReads(source, TimeSpan.FromHours(1), time);
        var prefetcher = new MicrobatchPrefetcher(
            source, s_shape, s_views, MicrobatchSet.Of(s_all), s_all, 0, 2, workers: 2, depth: 2, new BrokenSamples(1), reads);
        Assert.True(SpinWait.SpinUntil(() => time.Timers == 2, s_limit)); // both workers wait for their next attempt

        prefetcher.Dispose();

        Assert.Equal(0, time.Timers); // no worker is left
        Assert.Equal(0, reads.Images);
    }

    [Fact]
    public void Work_OneLargeImageAtTheEndOfAMicrobatch_TheOtherWorkersGoOn()
    {
        using var gate = new ManualResetEventSlim();
        var last = new SampleOrder(s_shape, EpochOrder.Permutation).SampleAt(0, 0, Size - 1).Sample;
        var reads = 0;
        var source = new MemorySource(64)
        {
            OnRead = sample =>
            {
                if (sample == last) gate.Wait(s_limit);
                Interlocked.Increment(ref reads);
            },
        };
        using var prefetcher = Make(source, workers: 2, depth: 3, 0, 4, 0, 2);

        // All that the depth allows but for the large one: nobody waits for the microbatch to be complete.
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 3 * Size - 1, s_limit));
        prefetcher.Take(0, 1).Dispose();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref reads) == 4 * Size - 1, s_limit));
        gate.Set();
        prefetcher.Take(0, 0).Dispose();
    }

    private static (Thread Taker, Func<Exception?> Thrown) BlockedTaker(Action take)
    {
        Exception? thrown = null;
        var taker = new Thread(() => thrown = Record.Exception(take));
        taker.Start();
        Assert.True(SpinWait.SpinUntil(() => taker.ThreadState.HasFlag(ThreadState.WaitSleepJoin), s_limit));
        return (taker, () => thrown);
    }

    private static MicrobatchPrefetcher Make(ISampleSource source, int workers, int depth, int first, int count, long start, long end, BrokenSampleLog? log = null) =>
        Make(source, workers, depth, MicrobatchSet.Of(new MicrobatchBlock(first, count)), new(first, count), start, end, log);

    private static MicrobatchPrefetcher Make(
        ISampleSource source, int workers, int depth, MicrobatchSet firstWork, MicrobatchBlock work, long start, long end, BrokenSampleLog? log = null) =>
        new(source, s_shape, s_views, firstWork, work, start, end, workers, depth, maxBrokenShare: 1, log);

    // SHA-256 of each microbatch, all views.
    private static Dictionary<(long Step, int Microbatch), string> Digests(
        int workers, int depth, int first, int count, long start, long end, ISampleSource? source = null, List<string>? named = null)
    {
        using var prefetcher = Make(source ?? new MemorySource(64), workers, depth, first, count, start, end, (name, _) => named?.Add(name));
        var digests = new Dictionary<(long, int), string>();
        for (var step = start; step < end; step++)
        {
            for (var m = first; m < first + count; m++)
            {
                digests[(step, m)] = Digest(prefetcher, step, m);
            }
        }
        return digests;
    }

    private static string Digest(MicrobatchPrefetcher prefetcher, long step, int microbatch)
    {
        using var batch = prefetcher.Take(step, microbatch);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var view in batch.Views) hash.AppendData(MemoryMarshal.AsBytes(view.Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
