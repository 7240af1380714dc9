namespace Lockstep.Node.Data.Reading;

/// <summary>
/// Looks four times a second at reads in flight: a thread that hangs in one cannot speak for itself. A read hangs for as long
/// as it was seen to, look by look; so a process that was suspended, or had no processor time, blames no disk.
/// </summary>
internal sealed class HangWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private readonly ITimer _timer;

    /// <param name="look">Is told by how much a read that is in flight has been hanging for longer; gives the failure when it is given up.</param>
    /// <param name="fail">Hears of it, again and again.</param>
    public HangWatch(TimeProvider time, Func<TimeSpan, DataException?> look, Action<DataException> fail) =>
        _timer = time.CreateTimer(_ =>
        {
            if (look(Interval) is { } failure) fail(failure);
        }, null, Interval, Interval);

    public void Dispose() => _timer.Dispose();
}
