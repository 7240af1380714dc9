using System.Runtime.InteropServices;

namespace Lockstep.Cli.Launch;

/// <summary>Ctrl-C and SIGTERM as a request to stop; a second one ends the process at once.</summary>
internal sealed class Interrupt : IDisposable
{
    /// <summary>Exit status of a command that was stopped.</summary>
    public const int Status = 130;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interrupt() =>
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
