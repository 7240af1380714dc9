using System.Runtime.InteropServices;

namespace Lockstep.Coordinator.Hosting;

/// <summary>SIGTERM and Ctrl-C: the first asks for the end at the next step boundary, the second for the end at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<string, bool> _stop;
    private int _count;

    /// <param name="stop">Called with who asks, and whether at once.</param>
    public StopSignals(Action<string, bool> stop)
    {
        _stop = stop;
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
        _stop($"the coordinator received {context.Signal}", count > 1);
    }
}
