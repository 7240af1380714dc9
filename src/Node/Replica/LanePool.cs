using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using Lockstep.Protos;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica;

/// <summary>
/// The node's computing threads. Each takes the next microbatch of a list, computes it with its own modules
/// and adds its contribution to the partial sums, region by
/// region while backward runs. Which lane computes what does not matter to the sum.
/// </summary>
public sealed class LanePool : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _go = new(0);
    private readonly TimeProvider _time;
    private Job? _job;
    private volatile bool _stopping;
    private long _computed;

    public LanePool(IPretrainingMethod method, ReplicaState state, int lanes, int microbatchSize, TimeProvider time)
    {
        _time = time;
        _threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(() => Run(method, state, microbatchSize))
        {
            IsBackground = true,
            Name = $"lane-{lane}",
        })];
        foreach (var thread in _threads) thread.Start();
    }

    /// <summary>Microbatches computed so far, in all steps. From any thread.</summary>
    public long Computed => Interlocked.Read(ref _computed);

    /// <summary>
    /// Computes microbatches of a step; one call at a time. When the task has ended, however it did, no lane adds anything
    /// more. A microbatch that failed or was not begun stays missing in <paramref name="sums"/>.
    /// </summary>
    /// <returns>Time that a lane waited for data, seconds, on average.</returns>
    public Task<double> ComputeAsync(
        long step, IReadOnlyList<int> microbatches, MicrobatchPrefetcher data, StepPartials sums, CancellationToken cancellationToken)
    {
        _job = new Job(step, microbatches, data, sums, _threads.Length, _time, cancellationToken);
        _go.Release(_threads.Length);
        return _job.Done.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _go.Release(_threads.Length);
        foreach (var thread in _threads) thread.Join();
        _go.Dispose();
    }

    private void Run(IPretrainingMethod method, ReplicaState state, int microbatchSize)
    {
        set_num_threads(1); // OpenMP keeps this number for each thread by itself
        ILane? lane = null;
        var feed = new SegmentFeed();
        using var views = new ViewTensors(method.Views, microbatchSize);
        while (true)
        {
            _go.Wait();
            if (_stopping) break;
            var job = _job!;
            try
            {
                lane ??= method.CreateLane(state);
                while (job.TryTake(out var microbatch)) Compute(lane, views, feed, job, microbatch);
                job.LaneDone(null);
            }
            catch (Exception e)
            {
                job.LaneDone(e);
            }
        }
        lane?.Dispose();
    }

    private void Compute(ILane lane, ViewTensors views, SegmentFeed feed, Job job, int microbatch)
    {
        IReadOnlyList<Tensor> tensors;
        using (var batch = job.Take(microbatch)) tensors = views.Fill(batch);
        using var scope = NewDisposeScope();
        feed.Begin(job.Sums, microbatch);
        lane.Compute(tensors, microbatch, feed);
        feed.End();
        Interlocked.Increment(ref _computed);
    }

    /// <summary>One step's work, shared by the lanes.</summary>
    private sealed class Job(
        long step, IReadOnlyList<int> microbatches, MicrobatchPrefetcher data, StepPartials sums, int lanes, TimeProvider time, CancellationToken cancellationToken)
    {
        private int _next;
        private readonly int _lanes = lanes;
        private int _running = lanes;
        private Exception? _failure;
        private double _waited;

        public TaskCompletionSource<double> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public StepPartials Sums => sums;

        public bool TryTake(out int microbatch)
        {
            var next = Interlocked.Increment(ref _next) - 1;
            var taken = next < microbatches.Count && _failure is null && !cancellationToken.IsCancellationRequested;
            microbatch = taken ? microbatches[next] : -1;
            return taken;
        }

        public Microbatch Take(int microbatch)
        {
            var started = time.GetTimestamp();
            var batch = data.Take(step, microbatch, cancellationToken);
            lock (Done) _waited += time.GetElapsedTime(started).TotalSeconds;
            return batch;
        }

        public void LaneDone(Exception? failure)
        {
            if (failure is not null) Interlocked.CompareExchange(ref _failure, failure, null);
            if (Interlocked.Decrement(ref _running) > 0) return;
            if (cancellationToken.IsCancellationRequested) Done.SetCanceled(cancellationToken);
            else if (_failure is not null) Done.SetException(_failure);
            else Done.SetResult(_waited / _lanes);
        }
    }
}
