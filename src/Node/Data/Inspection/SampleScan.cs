using System.Runtime.ExceptionServices;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Shows many samples to several workers, each on a thread of its own.</summary>
internal static class SampleScan
{
    /// <summary>Visits items 0 to <paramref name="count"/> - 1, each once, in about this order; ends early when cancelled.</summary>
    /// <param name="makeWorker">A worker a thread: what a thread may keep between items.</param>
    /// <exception cref="Exception">The first one that a worker throws; no more items are visited then.</exception>
    /// <returns>Items visited.</returns>
    public static int Run<TWorker>(int count, int threads, Func<TWorker> makeWorker, Action<TWorker, int> visit, CancellationToken cancellationToken)
        where TWorker : IDisposable
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        var (next, done) = (-1, 0);
        ExceptionDispatchInfo? failure = null;
        var workers = Enumerable.Range(0, Math.Min(threads, Math.Max(count, 1))).Select(i => new Thread(Work) { IsBackground = true, Name = $"inspect {i}" }).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        failure?.Throw();
        return done;

        void Work()
        {
            try
            {
                using var worker = makeWorker();
                while (Volatile.Read(ref failure) is null && !cancellationToken.IsCancellationRequested)
                {
                    var item = Interlocked.Increment(ref next);
                    if (item >= count) return;
                    visit(worker, item);
                    Interlocked.Increment(ref done);
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }
    }
}
