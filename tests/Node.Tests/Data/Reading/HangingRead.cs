using Lockstep.Node.Data;
using Lockstep.Node.Data.Reading;
using Xunit;

namespace Lockstep.Node.Tests.Data.Reading;

/// <summary>A thread that reads sample 5 and hangs in it, and the watch over it, in a time that passes when told to.</summary>
internal sealed class HangingRead : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30), s_look = TimeSpan.FromSeconds(0.25);

    private readonly ManualResetEventSlim _gate = new(), _inside = new();
    private readonly Thread _thread;
    private readonly IDisposable _watch;

    /// <param name="failures">Attempts that fail, five seconds apart, before the one that hangs.</param>
    public HangingRead(TimeSpan patience, List<string> log, CancellationToken leave = default, int failures = 0)
    {
        var left = failures;
        var source = new MemorySource(8)
        {
            Location = "/no/such/images",
            OnRead = sample =>
            {
                if (sample != 5) return;
                if (left-- > 0) throw new IOException("stale file handle");
                _inside.Set();
                _gate.Wait();
            },
        };
        Reads = new SampleReads(source, patience, Time, log.Add, leave);
        _watch = Reads.Watch(Stop.Token, Failures.Add);
        _thread = new Thread(() =>
        {
            byte[] buffer = [];
            Reads.Read(5, ref buffer, Stop.Token);
        });
        _thread.Start();
        for (var i = 0; i < failures; i++)
        {
            Assert.True(SpinWait.SpinUntil(() => Time.Timers == 1, s_limit)); // waits for the next attempt
            Time.Advance(TimeSpan.FromSeconds(5));
        }
        Assert.True(_inside.Wait(s_limit));
    }

    public ManualTime Time { get; } = new();

    public CancellationTokenSource Stop { get; } = new();

    public SampleReads Reads { get; }

    /// <summary>What the watch has said.</summary>
    public List<DataException> Failures { get; } = [];

    /// <summary>Lets time pass, look by look.</summary>
    public void Pass(double seconds)
    {
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(seconds); passed += s_look) Time.Advance(s_look);
    }

    /// <summary>The storage answers.</summary>
    public void End()
    {
        _gate.Set();
        Assert.True(_thread.Join(s_limit));
    }

    public void Dispose()
    {
        End();
        _watch.Dispose();
        Stop.Dispose();
        _gate.Dispose();
        _inside.Dispose();
    }
}
