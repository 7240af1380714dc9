using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Data;
using Lockstep.Node.Replica.Devices;
using Lockstep.Protos;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica;

/// <summary>
/// The node's computing threads. Each takes the next microbatch of a list, computes it with its own modules
/// and adds its contribution to the partial sums, on the CPU region by
/// region while backward runs. Which lane computes what does not matter to the sum.
/// </summary>
public sealed class LanePool : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim _go = new(0);
    private readonly IPretrainingMethod _method;
    private readonly ReplicaState _state;
    private readonly ReplicaState? _copy; // what the lanes of a GPU read of it
    private readonly int _microbatchSize;
    private readonly ComputeDevice _device;
    private readonly TimeProvider _time;
    private LaneJob? _job;
    private volatile bool _stopping;
    private long _computed;

    public LanePool(IPretrainingMethod method, ReplicaState state, int lanes, int microbatchSize, ComputeDevice device, TimeProvider time)
    {
        (_method, _state, _microbatchSize, _device, _time) = (method, state, microbatchSize, device, time);
        if (device.IsStaged) _copy = CopyOn(device, method);
        _threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(Run) { IsBackground = true, Name = $"lane-{lane}" })];
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
        // Each time: then a copy is never that of another state, whether a step was applied or a peer's state fetched.
        if (_copy is not null && microbatches.Count > 0) _device.Refresh(_copy, _state);
        _job = new LaneJob(step, microbatches, data, sums, _threads.Length, () => Interlocked.Increment(ref _computed), _time, cancellationToken);
        _go.Release(_threads.Length);
        return _job.Done.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _go.Release(_threads.Length);
        foreach (var thread in _threads) thread.Join();
        _copy?.Dispose();
        _go.Dispose();
    }

    private static ReplicaState CopyOn(ComputeDevice device, IPretrainingMethod method)
    {
        try
        {
            return device.CreateCopy(method);
        }
        catch (Exception e) when (device.Explain(e) is DeviceException explained)
        {
            throw explained;
        }
    }

    private void Run()
    {
        set_num_threads(1); // OpenMP keeps this number for each thread by itself
        ILaneWorker? worker = null;
        while (true)
        {
            _go.Wait();
            if (_stopping) break;
            var job = _job!;
            try
            {
                worker ??= _copy is null ? new DirectWorker(_method, _state, _microbatchSize) : new StagedWorker(_method, _copy, _microbatchSize, _device);
                worker.Run(job);
                job.LaneDone(null);
            }
            catch (Exception e)
            {
                job.LaneDone(_device.Explain(e));
            }
        }
        worker?.Dispose();
    }
}
