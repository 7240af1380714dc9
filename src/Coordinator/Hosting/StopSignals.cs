using System.Runtime.InteropServices;

namespace Lockstep.Coordinator.Hosting;

/// <summary>
/// SIGTERM and Ctrl-C: the first asks for the end at the next step boundary, the second for the end at once. Where the coordinator
/// is to hand over, SIGTERM asks for that instead, and Ctrl-C still for the end.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<string, bool> _stop;
    private readonly Action<string>? _handOver;
    private int _count;

    /// <param name="stop">Called with who asks, and whether at once.</param>
    /// <param name="handOver">Called with who asks, in place of stop, when the first signal is SIGTERM; null: never.</param>
    public StopSignals(Action<string, bool> stop, Action<string>? handOver)
    {
        (_stop, _handOver) = (stop, handOver);
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle), PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle)];
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        var count = Interlocked.Increment(ref _count);
        context.Cancel = count <= 2; // a third one takes its default course: a disk may hang
        var who = $"the coordinator received {context.Signal}";
        if (_handOver is not null && context.Signal == PosixSignal.SIGTERM && count == 1) _handOver(who);
        else _stop(who, count > 1);
    }
}
