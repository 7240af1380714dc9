using System.Globalization;

namespace Lockstep.Node.Data.Reading;

/// <summary>
/// The reads of a node's workers: counted, tried again while the storage fails, and watched while it hangs. A file that
/// cannot be read says nothing about its image; were it replaced, the result would depend on the moment and on the node. So
/// the workers wait for the storage to come back, and when patience has run out the node stops. Thread-safe.
/// </summary>
/// <param name="source">The images.</param>
/// <param name="patience">How long a read is retried; zero: not at all. One that hangs has as long, and at least ten seconds.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Hears of an outage once it has lasted a second, and when it is over; one call at a time.</param>
/// <param name="leave">Ends all patience: the node was asked to stop, and could not finish its step.</param>
public sealed class SampleReads(
    ISampleSource source, TimeSpan patience, TimeProvider time, Action<string>? log = null, CancellationToken leave = default)
{
    // A slow disk may take longer than a second, and is told of then; what hangs is not retried, so it has some time in any case.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1), LeastForHanging = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new(), _telling = new();
    private readonly List<ReadInFlight> _inFlight = [];
    private readonly Stack<ReadInFlight> _ended = [];
    private long _images, _bytes, _since;
    private volatile string _outage = "";

    /// <summary>Samples read so far, substitutes included.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>Bytes of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What cannot be read at present, once that has lasted a second; empty while all is well.</summary>
    public string Outage => _outage;

    /// <summary>How long a read that hangs is waited for, at present.</summary>
    public TimeSpan PatienceWithHanging => leave.IsCancellationRequested ? Quiet : patience < LeastForHanging ? LeastForHanging : patience;

    /// <summary>How long reads that are stopped by one token have been waiting for the storage in their present attempt: the longest; zero where none waits.</summary>
    /// <param name="stop">As given to <see cref="Read"/>.</param>
    public TimeSpan WaitingFor(CancellationToken stop)
    {
        var longest = TimeSpan.Zero;
        lock (_lock)
        {
            foreach (var read in _inFlight)
            {
                if (read.Stop != stop || read.Attempt < 0) continue;
                var waiting = time.GetElapsedTime(read.Attempt);
                if (waiting > longest) longest = waiting;
            }
        }
        return longest;
    }

    /// <summary>Reads a sample's file to the start of a buffer that is replaced by a larger one where needed.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="DataException">It failed for as long as patience lasts.</exception>
    /// <exception cref="OperationCanceledException">Stopped between two attempts.</exception>
    public int Read(int index, ref byte[] buffer, CancellationToken stop)
    {
        var read = Begin(index, stop);
        var works = false;
        try
        {
            int length;
            try
            {
                length = source.Read(index, ref buffer);
            }
            catch (Exception e) when (StorageFault.Is(e))
            {
                length = ReadAgain(read, ref buffer, e);
            }
            works = true;
            Interlocked.Increment(ref _images);
            Interlocked.Add(ref _bytes, length);
            return length;
        }
        finally
        {
            End(read, works);
        }
    }

    /// <summary>Watches the reads that are stopped by one token, until it is disposed: a thread that hangs in the system returns when the storage does, or never.</summary>
    /// <param name="stop">As given to <see cref="Read"/>.</param>
    /// <param name="fail">Is told when patience with one of them has run out, from another thread than the one that reads.</param>
    public IDisposable Watch(CancellationToken stop, Action<DataException> fail) => new HangWatch(time, longer => Look(stop, longer), fail);

    private int ReadAgain(ReadInFlight read, ref byte[] buffer, Exception fault)
    {
        var began = time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            var description = StorageFault.Of(source.NameOf(read.Sample), source.Location, fault);
            var failing = time.GetElapsedTime(began);
            if (ReadBackoff.PauseAfter(failures, failing, leave.IsCancellationRequested ? TimeSpan.Zero : patience) is not { } pause)
                throw new DataException($"{description.What}; it was retried for {Seconds(failing)} s (Data:ReadRetrySeconds={Seconds(patience)}). {description.Remedy} The same command resumes the run where it was.", fault);
            Tell(Fails(read, began, description, failing + pause));
            Wait(pause, read.Stop);
            lock (_lock) read.Attempt = time.GetTimestamp();
            try
            {
                return source.Read(read.Sample, ref buffer);
            }
            catch (Exception e) when (StorageFault.Is(e))
            {
                fault = e;
            }
        }
    }

    private void Wait(TimeSpan pause, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, leave);
        try
        {
            Task.Delay(pause, time, either.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Asked to leave: one more attempt.
        }
    }

    private ReadInFlight Begin(int index, CancellationToken stop)
    {
        lock (_lock)
        {
            if (!_ended.TryPop(out var read)) read = new();
            read.Begin(index, time.GetTimestamp(), stop);
            _inFlight.Add(read);
            return read;
        }
    }

    private void End(ReadInFlight read, bool works)
    {
        string? over = null;
        lock (_lock)
        {
            _inFlight.Remove(read);
            _ended.Push(read);
            if (_outage.Length > 0 && !AnyInTrouble())
            {
                if (works) over = $"images can be read again, after {Seconds(time.GetElapsedTime(_since))} s";
                _outage = "";
            }
        }
        Tell(over);
    }

    // Returns what to tell of an attempt that has failed.
    private string? Fails(ReadInFlight read, long began, StorageFault fault, TimeSpan failedFor)
    {
        lock (_lock)
        {
            if (!AnyInTrouble() && _outage.Length == 0) _since = began;
            (read.InTrouble, read.Attempt, read.Hanging, read.FailedFor) = (true, -1, TimeSpan.Zero, failedFor);
            return time.GetElapsedTime(_since) < Quiet ? null : Tellable(fault, "retried", patience);
        }
    }

    // What a read that hangs would say, once it has hung for long enough. Nothing is looked up on the disk, which would hang too.
    private DataException? Look(CancellationToken stop, TimeSpan longer)
    {
        var limit = PatienceWithHanging;
        string? told = null;
        DataException? failure = null;
        lock (_lock)
        {
            foreach (var read in _inFlight)
            {
                if (read.Stop != stop || read.Attempt < 0) continue;
                var attempt = time.GetElapsedTime(read.Attempt);
                read.Hanging = attempt < read.Hanging + longer ? attempt : read.Hanging + longer;
                if (read.Hanging < Quiet) continue;
                if (!AnyInTrouble() && _outage.Length == 0) _since = read.Attempt;
                read.InTrouble = true;
                var fault = StorageFault.OfHanging(source.NameOf(read.Sample), source.Location);
                told ??= Tellable(fault, "waited", limit);
                if (read.FailedFor + read.Hanging >= limit)
                    failure ??= new($"{fault.What}; it was waited for {Seconds(read.FailedFor + read.Hanging)} s (Data:ReadRetrySeconds={Seconds(patience)}). {fault.Remedy} The same command resumes the run where it was.");
            }
        }
        Tell(told);
        return failure;
    }

    // Under the lock. An outage lasts from the first read that fails or hangs until none does; it is told once.
    private string? Tellable(StorageFault fault, string what, TimeSpan limit)
    {
        if (_outage.Length > 0) return null;
        _outage = fault.What;
        return $"{fault.What}; {what} for {Seconds(limit)} s (Data:ReadRetrySeconds), then the node stops. {fault.Remedy}";
    }

    // Under the lock. Reads of workers that have stopped were left behind: nobody waits for them.
    private bool AnyInTrouble()
    {
        foreach (var read in _inFlight)
            if (read.InTrouble && !read.Stop.IsCancellationRequested) return true;
        return false;
    }

    // Outside the lock: the log may lie on the disk that hangs.
    private void Tell(string? message)
    {
        if (message is null || log is null) return;
        lock (_telling) log(message);
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
