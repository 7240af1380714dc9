using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Reading;
using Lockstep.Protos;

namespace Lockstep.Node.Data;

/// <summary>
/// Prepares a node's microbatches ahead of its lanes, on threads of its own, in (step, microbatch) order. What a
/// microbatch holds does not depend on the workers, their number or on what else is prepared. For other work make another
/// prefetcher.
/// </summary>
public sealed class MicrobatchPrefetcher : IDisposable
{
    // A decode takes less; a read may hang for as long as a network disk does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly PrefetchQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly BrokenSamples _broken;
    private readonly Thread[] _workers;
    private readonly IDisposable _watch;

    /// <inheritdoc cref="MicrobatchPrefetcher(ISampleSource, RunShape, IReadOnlyList{ViewSpec}, MicrobatchSet, MicrobatchBlock, long, long, int, int, BrokenSamples, SampleReads, EpochOrder)"/>
    public MicrobatchPrefetcher(ISampleSource source, RunShape shape, IReadOnlyList<ViewSpec> views,
        MicrobatchSet firstWork, MicrobatchBlock work, long startStep, long endStep,
        int workers, int depth, double maxBrokenShare, BrokenSampleLog? brokenLog = null, EpochOrder? order = null)
        : this(source, shape, views, firstWork, work, startStep, endStep, workers, depth,
            new BrokenSamples(maxBrokenShare, brokenLog), order: order)
    {
    }

    /// <param name="source">The images; <see cref="RunShape.Samples"/> of them.</param>
    /// <param name="shape">Numbers of the run.</param>
    /// <param name="views">The method's views.</param>
    /// <param name="firstWork">Microbatches of the first step, of which part may have been computed before; may be empty.</param>
    /// <param name="work">Microbatches of every later step; Count may be 0.</param>
    /// <param name="startStep">First step prepared.</param>
    /// <param name="endStep">First step not prepared.</param>
    /// <param name="workers">Threads that decode and augment.</param>
    /// <param name="depth">Microbatches prepared and not yet taken, at most. More only where a lane asks out of order.</param>
    /// <param name="broken">The node's record of broken files, where it outlives this prefetcher.</param>
    /// <param name="reads">The node's way to read <paramref name="source"/>; null: a read that fails is not retried.</param>
    /// <param name="order">How an epoch goes through the images; null: a permutation of all.</param>
    /// <exception cref="DataException">The source does not have the shape's samples, or too few for one step.</exception>
    public MicrobatchPrefetcher(ISampleSource source, RunShape shape, IReadOnlyList<ViewSpec> views,
        MicrobatchSet firstWork, MicrobatchBlock work, long startStep, long endStep,
        int workers, int depth, BrokenSamples broken, SampleReads? reads = null, EpochOrder? order = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        if (source.Count != shape.Samples)
            throw new DataException($"The dataset has {source.Count} images, but the run was begun with {shape.Samples}. Restore the dataset or start a new run.");
        _broken = broken;
        _queue = new PrefetchQueue(shape, views, firstWork, work, startStep, endStep, depth);
        order ??= EpochOrder.Permutation;
        _ = new SampleOrder(shape, order); // refuses a bad shape here rather than in a worker
        reads ??= new SampleReads(source, TimeSpan.Zero, TimeProvider.System);
        var stop = _stop.Token;
        _watch = reads.Watch(stop, failure => _queue.Fail(ExceptionDispatchInfo.Capture(failure)));
        _workers = [.. Enumerable.Range(0, workers).Select(n => new Thread(() => Work(source, shape, order, views, reads, stop))
        {
            IsBackground = true,
            Name = $"lockstep-data-{n}",
        })];
        foreach (var worker in _workers) worker.Start();
    }

    /// <summary>Waits for a microbatch and hands it over; the caller disposes it. Each can be taken once, in any order within a step.</summary>
    /// <exception cref="DataException">A worker gave up on the data, or hangs in a read of it.</exception>
    /// <exception cref="ObjectDisposedException">The prefetcher was disposed meanwhile.</exception>
    public Microbatch Take(long step, int microbatch, CancellationToken cancellationToken = default) => _queue.Take(step, microbatch, cancellationToken);

    /// <summary>Hands a microbatch over if it is ready; null: not yet. What is wrong with the data, <see cref="Take"/> says.</summary>
    public Microbatch? TryTake(long step, int microbatch) => _queue.TryTake(step, microbatch);

    /// <summary>
    /// Stops the workers, each after the sample it is at; a blocked <see cref="Take"/> throws. One whose read hangs is left
    /// behind after a second: it ends by itself when the read does.
    /// </summary>
    public void Dispose()
    {
        _watch.Dispose();
        _queue.Stop();
        _stop.Cancel();
        var began = Stopwatch.GetTimestamp();
        foreach (var worker in _workers)
        {
            var left = Patience - Stopwatch.GetElapsedTime(began);
            worker.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
        if (!Array.Exists(_workers, worker => worker.IsAlive)) _stop.Dispose();
    }

    private void Work(ISampleSource source, RunShape shape, EpochOrder epochs, IReadOnlyList<ViewSpec> views, SampleReads reads, CancellationToken stop)
    {
        try
        {
            var order = new SampleOrder(shape, epochs);
            using var loader = new SampleLoader(source, shape.Seed, views, _broken, reads, stop);
            while (_queue.Claim() is var (microbatch, row))
            {
                loader.Load(order.SampleAt(microbatch.Step, microbatch.Index, row), microbatch.Buffers, row);
                _queue.Complete(microbatch);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed while a read was being retried.
        }
        catch (Exception e)
        {
            // A thread has no caller: the next taker gets it.
            _queue.Fail(ExceptionDispatchInfo.Capture(e));
        }
    }
}
