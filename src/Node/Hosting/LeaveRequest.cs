using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Lockstep.Node.Hosting;

/// <summary>
/// SIGTERM, Ctrl-C or the caller's token: the first asks the node to leave the run in good order, a second signal ends the
/// process at once. In place of the console lifetime, which would stop the server first: other members still need it.
/// </summary>
public sealed class LeaveRequest : IHostLifetime, IDisposable
{
    private readonly CancellationTokenSource _asked;
    private readonly PosixSignalRegistration[] _signals;

    public LeaveRequest(CancellationToken caller)
    {
        _asked = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle), PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle)];
    }

    /// <summary>Cancelled when the node is to leave.</summary>
    public CancellationToken Token => _asked.Token;

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _asked.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_asked.IsCancellationRequested) return; // its default course
        context.Cancel = true;
        _asked.Cancel();
    }
}
