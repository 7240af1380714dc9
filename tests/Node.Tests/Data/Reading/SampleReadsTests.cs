using Lockstep.Node.Data;
using Lockstep.Node.Data.Reading;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Data.Reading;

public sealed class SampleReadsTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60), s_limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new() { Skips = true };
    private readonly List<string> _log = [];

    [Fact]
    public void Read_FailsThreeTimes_SucceedsWithoutAWord()
    {
        var reads = Reads(FailingSource(times: 3));
        Assert.Equal(Expected(5), Read(reads, 5));
        Assert.Equal([0.1, 0.2, 0.4], _time.Waits.Select(w => w.TotalSeconds));
        Assert.Empty(_log); // a network disk hiccups
        Assert.Equal((1, Expected(5).Length), (reads.Images, reads.Bytes));
    }

    [Fact]
    public void Read_FailsForLongerThanASecond_SaysSoOnceAndWhenItIsOver()
    {
        var reads = Reads(FailingSource(times: 8));
        Assert.Equal(Expected(5), Read(reads, 5));
        Assert.Equal(2, _log.Count);
        Assert.Contains("'5' in", _log[0], StringComparison.Ordinal);
        Assert.Contains("stale file handle; retried for 60 s (Data:ReadRetrySeconds), then the node stops.", _log[0], StringComparison.Ordinal);
        Assert.Equal("images can be read again, after 16.3 s", _log[1]);
        Assert.Empty(reads.Outage);
    }

    [Fact]
    public void Read_FailsForEver_StopsAfterPatienceAndNamesFileAndRemedy()
    {
        var reads = Reads(FailingSource(times: int.MaxValue));
        var error = Assert.Throws<DataException>(() => Read(reads, 5));
        Assert.Equal(s_patience, new TimeSpan(_time.GetTimestamp()));
        Assert.StartsWith("'5' in '/no/such/images' cannot be read: stale file handle; it was retried for 60 s (Data:ReadRetrySeconds=60).", error.Message, StringComparison.Ordinal);
        Assert.Contains("resumes the run", error.Message, StringComparison.Ordinal);
        Assert.Single(_log);
        Assert.Equal(0, reads.Images);
    }

    [Fact]
    public void Read_NoPatience_StopsAtOnce()
    {
        var reads = new SampleReads(FailingSource(times: 1), TimeSpan.Zero, _time);
        Assert.Throws<DataException>(() => Read(reads, 5));
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public async Task Read_NodeAskedToLeave_GivesUpAtOnce()
    {
        using var leave = new CancellationTokenSource();
        var time = new ManualTime();
        var reads = new SampleReads(FailingSource(times: int.MaxValue), s_patience, time, leave: leave.Token);
        var reading = Task.Factory.StartNew(() => Read(reads, 5), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(SpinWait.SpinUntil(() => time.Timers == 1, s_limit));

        await leave.CancelAsync();

        var error = await Assert.ThrowsAsync<DataException>(() => reading.WaitAsync(s_limit, TestContext.Current.CancellationToken));
        Assert.Contains("retried for 0 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FaultOfOurs_IsNotRetried()
    {
        var reads = Reads(new MemorySource(8) { OnRead = _ => throw new InvalidOperationException("a bug") });
        Assert.Throws<InvalidOperationException>(() => Read(reads, 5));
        Assert.Empty(_time.Waits);
    }

    [Fact]
    public async Task Read_TwoWorkersInOneOutage_SayItOnce()
    {
        var time = new ManualTime();
        var gone = true;
        var source = new MemorySource(8)
        {
            OnRead = _ =>
            {
                if (Volatile.Read(ref gone)) throw new IOException("stale file handle");
            },
        };
        var reads = new SampleReads(source, s_patience, time, _log.Add);
        var workers = new[] { 2, 3 }.Select(sample => Task.Factory.StartNew(
            () => Read(reads, sample), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        for (var wait = 1; wait <= 5; wait++)
        {
            Assert.True(SpinWait.SpinUntil(() => time.Timers == 2, s_limit)); // both wait for the next attempt
            time.Advance(TimeSpan.FromSeconds(2));
        }
        Assert.True(SpinWait.SpinUntil(() => time.Timers == 2, s_limit));
        Assert.NotEmpty(reads.Outage);
        Volatile.Write(ref gone, false);
        time.Advance(TimeSpan.FromSeconds(5));
        await Task.WhenAll(workers).WaitAsync(s_limit, TestContext.Current.CancellationToken);

        Assert.Equal(2, _log.Count); // that they cannot be read, and that they can again
        Assert.Empty(reads.Outage);
    }

    [Fact]
    public void Read_OneFileMissing_OrTheFolderEmpty_OrGone_SaysWhich()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-reads-").FullName;
        try
        {
            foreach (var name in (string[])["cat/a.jpg", "cat/b.jpg"])
            {
                Directory.CreateDirectory(Path.Join(folder, "cat"));
                File.WriteAllBytes(Path.Join(folder, name), Pictures.GradientJpeg(20, 20));
            }
            var reads = new SampleReads(SampleSource.Open(folder), s_patience, _time);
            File.Delete(Path.Join(folder, "cat", "a.jpg"));
            Assert.StartsWith($"'cat/a.jpg' is missing in '{folder}', though other files are there;", Failure(), StringComparison.Ordinal);
            Directory.Delete(Path.Join(folder, "cat"), recursive: true);
            Assert.StartsWith($"'cat/a.jpg' cannot be read: '{folder}' is empty now;", Failure(), StringComparison.Ordinal);
            Directory.Delete(folder);
            Assert.StartsWith($"'cat/a.jpg' cannot be read: '{folder}' is gone;", Failure(), StringComparison.Ordinal);

            string Failure() => Assert.Throws<DataException>(() => Read(reads, 0)).Message;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Read_ShardsOfAPattern_NamesTheirFolder()
    {
        var source = new MemorySource(8) { Location = "/no/such/shards/train-{000..146}.tar", OnRead = _ => throw new FileNotFoundException("no such shard") };
        var reads = new SampleReads(source, TimeSpan.Zero, _time);
        Assert.StartsWith("'5' cannot be read: '/no/such/shards' is gone;", Assert.Throws<DataException>(() => Read(reads, 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Watch_ReadHangs_IsToldAfterASecond_GivenUpAfterPatience_AndOverWhenItReturns()
    {
        using var hang = new HangingRead(s_patience, _log);
        hang.Pass(0.75);
        Assert.Empty(hang.Reads.Outage);
        hang.Pass(0.25);
        Assert.Equal("'5' in '/no/such/images' is being read and nothing comes: the storage hangs", hang.Reads.Outage);
        Assert.Equal([$"{hang.Reads.Outage}; waited for 60 s (Data:ReadRetrySeconds), then the node stops. Check the disk or the mount."], _log);
        hang.Pass(58.75);
        Assert.Empty(hang.Failures);
        hang.Pass(0.5);
        Assert.Equal($"{hang.Reads.Outage}; it was waited for 60 s (Data:ReadRetrySeconds=60). Check the disk or the mount. The same command resumes the run where it was.", hang.Failures[0].Message);

        hang.End();
        Assert.Equal(2, _log.Count);
        Assert.StartsWith("images can be read again, after 60", _log[1], StringComparison.Ordinal);
        Assert.Equal(("", 1L), (hang.Reads.Outage, hang.Reads.Images));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Watch_LittlePatience_ReadThatHangsHasTenSeconds(double patience)
    {
        using var hang = new HangingRead(TimeSpan.FromSeconds(patience), _log);
        hang.Pass(9.75);
        Assert.Empty(hang.Failures);
        hang.Pass(0.25);
        Assert.NotEmpty(hang.Failures);
    }

    [Theory]
    [InlineData(0, false, 10)]
    [InlineData(3, false, 10)]
    [InlineData(60, false, 60)]
    [InlineData(60, true, 1)]
    public void PatienceWithHanging_IsTenSecondsAtLeast_UntilTheNodeIsToLeave(double patience, bool leaves, double expected)
    {
        var reads = new SampleReads(new MemorySource(8), TimeSpan.FromSeconds(patience), _time, leave: new CancellationToken(leaves));
        Assert.Equal(TimeSpan.FromSeconds(expected), reads.PatienceWithHanging);
    }

    [Fact]
    public void WaitingFor_ReadHangs_IsTheTimeOfItsPresentAttempt()
    {
        using var hang = new HangingRead(s_patience, _log, failures: 2); // ten seconds
        using var others = new CancellationTokenSource();
        hang.Pass(3);
        Assert.Equal(TimeSpan.FromSeconds(3), hang.Reads.WaitingFor(hang.Stop.Token));
        Assert.Equal(TimeSpan.Zero, hang.Reads.WaitingFor(others.Token));
        hang.End();
        Assert.Equal(TimeSpan.Zero, hang.Reads.WaitingFor(hang.Stop.Token));
    }

    [Fact]
    public void WaitingFor_ReadIsBetweenTwoAttempts_IsZero()
    {
        SampleReads? reads = null;
        var between = TimeSpan.MaxValue;
        var time = new ManualTime { Skips = true };
        reads = new SampleReads(FailingSource(times: 8), s_patience, time, _ => between = reads!.WaitingFor(TestContext.Current.CancellationToken));
        Read(reads, 5);
        Assert.Equal(TimeSpan.Zero, between);
    }

    [Fact]
    public void Watch_AskedToLeave_ReadThatHangsIsGivenUp()
    {
        using var leave = new CancellationTokenSource();
        using var hang = new HangingRead(s_patience, _log, leave.Token);
        hang.Pass(3);
        Assert.Empty(hang.Failures);
        leave.Cancel();
        hang.Pass(0.25);
        Assert.NotEmpty(hang.Failures);
    }

    [Fact]
    public void Watch_ProcessWasSuspended_BlamesNoDisk()
    {
        using var hang = new HangingRead(s_patience, _log);
        hang.Time.Advance(TimeSpan.FromHours(1));
        hang.Time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(hang.Failures);
        Assert.Empty(_log);
    }

    [Fact]
    public void Watch_WorkersThatHaveStopped_AreNotWaitedFor()
    {
        using var hang = new HangingRead(s_patience, _log);
        hang.Pass(2);
        hang.Stop.Cancel(); // left behind in its read
        Assert.NotEmpty(hang.Reads.Outage);
        Assert.Equal(Expected(3), Read(hang.Reads, 3)); // others read: it is over
        Assert.Empty(hang.Reads.Outage);
        Assert.StartsWith("images can be read again", _log[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Watch_ReadThatFailedBeforeItHangs_HasTheRestOfThePatience()
    {
        using var hang = new HangingRead(s_patience, _log, failures: 9);
        Assert.Single(_log); // that it fails; that it hangs is the same outage
        hang.Pass(14.75);
        Assert.Empty(hang.Failures);
        hang.Pass(0.25);
        Assert.Contains("it was waited for 60 s", hang.Failures[0].Message, StringComparison.Ordinal);
        Assert.Single(_log);
    }

    private static MemorySource FailingSource(int times) => new(8)
    {
        Location = "/no/such/images",
        OnRead = _ =>
        {
            if (times-- > 0) throw new IOException("stale file handle");
        },
    };

    private SampleReads Reads(ISampleSource source) => new(source, s_patience, _time, _log.Add);

    private static byte[] Read(SampleReads reads, int index)
    {
        byte[] buffer = [];
        var length = reads.Read(index, ref buffer, TestContext.Current.CancellationToken);
        return buffer[..length];
    }

    private static byte[] Expected(int index)
    {
        byte[] buffer = [];
        var length = new MemorySource(8).Read(index, ref buffer);
        return buffer[..length];
    }
}
