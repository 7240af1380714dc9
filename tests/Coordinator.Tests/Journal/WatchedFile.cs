using Lockstep.Coordinator.Journal;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>A file whose syncs can be watched and held up.</summary>
internal sealed class WatchedFile(IJournalFile file) : IJournalFile
{
    private readonly ManualResetEventSlim _free = new(true);
    private TaskCompletionSource _begun = new();
    private TaskCompletionSource _synced = new();
    private int _running;

    public string Name => file.Name;

    public Task Begun => _begun.Task;

    public Task Synced => _synced.Task;

    public int MostAtOnce { get; private set; }

    public void Reset() => (_begun, _synced) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));

    public void Hold() => _free.Reset();

    public void LetGo() => _free.Set();

    public void Sync()
    {
        MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
        _begun.TrySetResult();
        _free.Wait();
        file.Sync();
        Interlocked.Decrement(ref _running);
        _synced.TrySetResult();
    }

    public byte[] ReadAll() => file.ReadAll();

    public void Append(ReadOnlySpan<byte> bytes) => file.Append(bytes);

    public void SetLength(long length) => file.SetLength(length);

    public void Replace(ReadOnlySpan<byte> bytes) => file.Replace(bytes);

    public void Dispose()
    {
        file.Dispose();
        _free.Dispose();
    }
}
