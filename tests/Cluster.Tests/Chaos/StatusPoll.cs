using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>Asks a coordinator for its status again and again, over its deaths. Shared with the benchmark `faults`.</summary>
internal sealed class StatusPoll : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _polling;

    /// <param name="note">Hears every answer, one at a time.</param>
    public StatusPoll(Uri address, TimeSpan interval, Action<RunStatus> note) => _polling = PollAsync(address, interval, note);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _polling;
        _closing.Dispose();
    }

    private async Task PollAsync(Uri address, TimeSpan interval, Action<RunStatus> note)
    {
        GrpcChannel? channel = null;
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                channel ??= CoordinatorChannel.Open(address, Identity.None);
                note(await new Protos.Coordinator.CoordinatorClient(channel).GetStatusAsync(
                    new StatusRequest(), deadline: DateTime.UtcNow + AnswerTimeout, cancellationToken: _closing.Token));
            }
            catch (RpcException)
            {
                // It is down or busy. A new channel dials at once where an old one would back off.
                channel?.Dispose();
                channel = null;
            }
            await Task.Delay(interval, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        channel?.Dispose();
    }
}
