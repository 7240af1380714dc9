using System.Globalization;

namespace Lockstep.Node.Data.Reading;

/// <summary>
/// The reads of a node's workers: counted, and tried again while the storage fails. A file that cannot be read says nothing
/// about its image; were it replaced, the result would depend on the moment and on the node. So the workers wait for the
/// storage to come back, and when patience has run out the node stops. Thread-safe.
/// </summary>
/// <param name="source">The images.</param>
/// <param name="patience">How long a read is retried; zero: not at all.</param>
/// <param name="time">The clock.</param>
/// <param name="location">Where the images lie, for messages.</param>
/// <param name="log">Hears of an outage once it has lasted a second, and when it is over; one call at a time.</param>
/// <param name="leave">Ends all patience: the node was asked to stop, and could not finish its step.</param>
public sealed class SampleReads(
    ISampleSource source, TimeSpan patience, TimeProvider time, string location = "", Action<string>? log = null, CancellationToken leave = default)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _images, _bytes, _since;
    private int _failing;
    private volatile string _outage = "";

    /// <summary>Samples read so far, substitutes included.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>Bytes of them.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What cannot be read at present, once that has lasted a second; empty while all is well.</summary>
    public string Outage => _outage;

    /// <summary>Reads a sample's file to the start of a buffer that is replaced by a larger one where needed.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="DataException">It failed for as long as patience lasts.</exception>
    /// <exception cref="OperationCanceledException">Stopped between two attempts.</exception>
    public int Read(int index, ref byte[] buffer, CancellationToken stop)
    {
        int length;
        try
        {
            length = source.Read(index, ref buffer);
        }
        catch (Exception e) when (StorageFault.Is(e))
        {
            length = ReadAgain(index, ref buffer, e, stop);
        }
        Interlocked.Increment(ref _images);
        Interlocked.Add(ref _bytes, length);
        return length;
    }

    private int ReadAgain(int index, ref byte[] buffer, Exception fault, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        var works = false;
        Begin(began);
        try
        {
            for (var failures = 1; ; failures++)
            {
                var description = StorageFault.Of(source.NameOf(index), location, fault);
                var failing = time.GetElapsedTime(began);
                if (ReadBackoff.PauseAfter(failures, failing, leave.IsCancellationRequested ? TimeSpan.Zero : patience) is not { } pause)
                    throw new DataException($"{description.What}; it was retried for {Seconds(failing)} s (Data:ReadRetrySeconds={Seconds(patience)}). {description.Remedy} The same command resumes the run where it was.", fault);
                Tell(description);
                Wait(pause, stop);
                try
                {
                    var length = source.Read(index, ref buffer);
                    works = true;
                    return length;
                }
                catch (Exception e) when (StorageFault.Is(e))
                {
                    fault = e;
                }
            }
        }
        finally
        {
            End(works);
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

    // An outage lasts from the first failing read until no read is failing any more.
    private void Begin(long now)
    {
        lock (_lock)
        {
            if (_failing++ == 0) _since = now;
        }
    }

    private void Tell(StorageFault fault)
    {
        lock (_lock)
        {
            if (_outage.Length > 0 || time.GetElapsedTime(_since) < Quiet) return;
            _outage = fault.What;
            log?.Invoke($"{fault.What}; retried for {Seconds(patience)} s (Data:ReadRetrySeconds), then the node stops. {fault.Remedy}");
        }
    }

    private void End(bool works)
    {
        lock (_lock)
        {
            if (--_failing > 0) return;
            if (works && _outage.Length > 0) log?.Invoke($"images can be read again, after {Seconds(time.GetElapsedTime(_since))} s");
            _outage = "";
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
