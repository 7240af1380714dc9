using Lockstep.Node.Data;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>Microbatches of one step, shared by the lanes.</summary>
/// <param name="step">The step.</param>
/// <param name="microbatches">What is to be computed.</param>
/// <param name="data">Serves their images.</param>
/// <param name="sums">Where contributions go.</param>
/// <param name="lanes">Lanes that take part; each says <see cref="LaneDone"/> once.</param>
/// <param name="computed">Is told of each microbatch.</param>
/// <param name="time">For the time that lanes wait.</param>
/// <param name="cancellationToken">Ends the job after the microbatches that were begun.</param>
internal sealed class LaneJob(
    long step, IReadOnlyList<int> microbatches, MicrobatchPrefetcher data, StepPartials sums, int lanes, Action computed, TimeProvider time, CancellationToken cancellationToken)
{
    private int _next;
    private readonly int _lanes = lanes;
    private int _running = lanes;
    private Exception? _failure;
    private double _waited;

    /// <summary>Ends when all lanes are done. Its result: seconds that a lane waited for images, on average.</summary>
    public TaskCompletionSource<double> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StepPartials Sums => sums;

    /// <summary>The next microbatch, which is the calling lane's from here on; false when none is to be begun any more.</summary>
    public bool TryTake(out int microbatch)
    {
        var next = Interlocked.Increment(ref _next) - 1;
        var taken = next < microbatches.Count && _failure is null && !cancellationToken.IsCancellationRequested;
        microbatch = taken ? microbatches[next] : -1;
        return taken;
    }

    /// <summary>Waits for the images of a microbatch.</summary>
    public Microbatch Take(int microbatch)
    {
        var started = time.GetTimestamp();
        var batch = data.Take(step, microbatch, cancellationToken);
        lock (Done) _waited += time.GetElapsedTime(started).TotalSeconds;
        return batch;
    }

    /// <summary>The images of a microbatch if they are there; null: not yet.</summary>
    public Microbatch? TryTakeReady(int microbatch) => data.TryTake(step, microbatch);

    /// <summary>One more microbatch has been added.</summary>
    public void Computed() => computed();

    public void LaneDone(Exception? failure)
    {
        if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
        if (Interlocked.Decrement(ref _running) > 0) return;
        if (cancellationToken.IsCancellationRequested) Done.SetCanceled(cancellationToken);
        else if (_failure is not null) Done.SetException(_failure);
        else Done.SetResult(_waited / _lanes);
    }
}
