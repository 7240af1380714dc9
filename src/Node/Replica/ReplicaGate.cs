using Lockstep.Models.Replica;

namespace Lockstep.Node.Replica;

/// <summary>The node's state and the lock that keeps readers (peers, evaluators) from seeing half an update.</summary>
public sealed class ReplicaGate(ReplicaState state) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    public ReplicaState State => state;

    /// <summary>The run that the state belongs to; empty before the coordinator has named it.</summary>
    public string Run { get; set; } = "";

    /// <summary>Runs an action while no one else reads or changes the state.</summary>
    public async Task<T> WithAsync<T>(Func<ReplicaState, T> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return action(state);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
