using Lockstep.Models.Replica;

namespace Lockstep.Node.Replica;

/// <summary>The node's state and the lock that keeps readers (peers, evaluators) from seeing half an update.</summary>
public sealed class ReplicaGate(ReplicaState state) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReplicaState State => state;

    /// <summary>The run that the state belongs to; empty before the coordinator has named it.</summary>
    public string Run { get; set; } = "";

    /// <summary>False while the state is being fetched, or when a change of it failed half-way: nobody may read it.</summary>
    public bool IsWhole { get; private set; } = true;

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
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    /// <summary>Runs an action that changes the state. One that fails leaves a state that is not whole.</summary>
    public Task<T> ChangeAsync<T>(Func<ReplicaState, T> action) => WithAsync(
        changing =>
        {
            IsWhole = false;
            var changed = action(changing);
            IsWhole = true;
            return changed;
        },
        CancellationToken.None);

    /// <summary>Marks the state as being overwritten, or as whole again.</summary>
    public Task SetWholeAsync(bool whole) => WithAsync(_ => IsWhole = whole, CancellationToken.None);

    /// <summary>Runs an action as <see cref="WithAsync"/> does, once the state is whole and has at least so many committed steps.</summary>
    public async Task<T> WhenAsync<T>(long step, Func<ReplicaState, T> action, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            await _gate.WaitAsync(cancellationToken);
            try
            {
                if (IsWhole && state.Step >= step) return action(state);
            }
            finally
            {
                _gate.Release();
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _gate.Dispose();
}
