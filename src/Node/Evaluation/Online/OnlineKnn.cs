using System.Diagnostics;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Posix;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>
/// k-NN accuracy of the EMA teacher while the run trains: from a copy of the weights, on a thread of low priority, one evaluation
/// at a time. What comes out is a function of the weights and the images; training neither waits for it nor sees it. One that
/// hangs in a read of its images is left behind: nobody waits for a disk.
/// </summary>
public sealed partial class OnlineKnn : IDisposable
{
    private const string Teacher = "teacher";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(0.1);
    private readonly TrainingRecipe _recipe;
    private readonly RunShape _shape;
    private readonly IPretrainingMethod _method;
    private readonly ComputeDevice _device;
    private readonly KnnImages _images;
    private readonly KnnReads _reads;
    private readonly KnnLog _log;
    private readonly Func<bool> _isReplaced;
    private readonly ILogger _logger;
    private readonly ReplicaState _copy;
    private readonly CancellationTokenSource _stop = new();
    private Thread? _running;
    private long _runningStep, _progress;
    private volatile bool _leftBehind;

    /// <param name="recipe">Sections Watch, Evaluation, Data, Model and Augment.</param>
    /// <param name="shape">Says where an epoch ends.</param>
    /// <param name="method">Builds the backbone.</param>
    /// <param name="device">Where it computes: the node's device.</param>
    /// <param name="images">What votes and what is classified.</param>
    /// <param name="log">Where results go.</param>
    /// <param name="isReplaced">Asked before a line is written: another node writes the folder now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="leave">Ends all patience with the storage: the node was asked to stop.</param>
    /// <param name="logger">Hears of results, and of evaluations that were left out or failed.</param>
    public OnlineKnn(
        TrainingRecipe recipe, RunShape shape, IPretrainingMethod method, ComputeDevice device, KnnImages images, KnnLog log, Func<bool> isReplaced, TimeProvider time, CancellationToken leave, ILogger logger)
    {
        (_recipe, _shape, _method, _device, _images, _log, _isReplaced, _logger) = (recipe, shape, method, device, images, log, isReplaced, logger);
        _reads = new(recipe, images, time, leave, _stop.Token);
        _copy = new(new StateLayout([method.State.Sections.First(section => section.Name == Teacher)]));
    }

    /// <summary>Images evaluated so far: grows while an evaluation gets on. From any thread.</summary>
    public long Progress => Interlocked.Read(ref _progress);

    /// <summary>The newest result; null when there is none. From any thread.</summary>
    public KnnLine? Newest => _log.Newest;

    /// <summary>All results, by rising step. From any thread.</summary>
    public IReadOnlyList<KnnLine> Lines => _log.Lines;

    /// <summary>After a step: begins an evaluation where one is due. The caller keeps the state at rest until it returns.</summary>
    public void After(ReplicaState state)
    {
        if (!IsDue(state.Step) || _log.Has(state.Step)) return;
        if (_running is { IsAlive: true })
        {
            LogSkipped(state.Step, _runningStep);
            return;
        }
        Begin(state);
    }

    /// <summary>The run ends here: waits for what runs if all steps are committed, and evaluates the last state; else gives it up.</summary>
    public Task FinishAsync(ReplicaState state) => Task.Run(() =>
    {
        if (state.Step < _shape.TotalSteps) _stop.Cancel();
        if (!Join() || _stop.IsCancellationRequested || _log.Has(state.Step)) return;
        Begin(state);
        Join();
    });

    /// <summary>Gives up what runs.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        if (!Join()) return; // what it uses stays
        _copy.Dispose();
        _stop.Dispose();
    }

    // False when what runs hangs in a read, and so is left behind. While it computes it is waited for: libtorch must not run when the process ends.
    private bool Join()
    {
        while (!_leftBehind && _running is { } running && !running.Join(LookInterval))
        {
            var isStopped = _stop.IsCancellationRequested;
            if (!_reads.Hang) continue;
            if (!isStopped)
            {
                _stop.Cancel(); // a read that ends from now on is the last, and then comes another look
                continue;
            }
            _leftBehind = true;
            LogLeftBehind(_runningStep);
        }
        return !_leftBehind;
    }

    private bool IsDue(long step) => step == _shape.TotalSteps || KeptEpochs.EndAt(step, _shape, _recipe.Watch.KnnEveryEpochs);

    private void Begin(ReplicaState state)
    {
        state[Teacher].Span.CopyTo(_copy[Teacher].Span);
        var step = _runningStep = state.Step;
        _running = new Thread(() => Run(step)) { IsBackground = true, Name = "online-knn" };
        _running.Start();
    }

    private void Run(long step)
    {
        ThreadNice.Set(ThreadNice.Background);
        torch.set_num_threads(1); // OpenMP keeps this number for each thread by itself
        var began = Stopwatch.GetTimestamp();
        try
        {
            var line = Evaluate(step, began);
            if (_isReplaced()) return;
            _log.Write(line);
            LogResult(step, line.Epoch, 100 * line.Accuracy, line.Neighbours, line.Bank, line.Queries, line.Seconds);
        }
        catch (Exception) when (_leftBehind)
        {
            // The log was told, and may be closed by now.
        }
        catch (OperationCanceledException)
        {
            LogGivenUp(step);
        }
        catch (Exception e)
        {
            LogFailed(step, e.Message); // whatever it is: it must not end the node
        }
    }

    private KnnLine Evaluate(long step, long began)
    {
        using var extractor = DeviceFeatureExtractor.Create(_copy, Teacher, _device, copy => _method.CreateFeatureExtractor(copy, Teacher));
        var (bank, queries) = (Features(extractor, _reads.OpenBank()).Normalize(), Features(extractor, _reads.OpenQueries()).Normalize());
        var options = _recipe.Evaluation;
        var classifier = new KnnClassifier(bank, _images.Bank.Classes.Count, options.Temperature);
        var right = 0;
        NearestNeighbours.Visit(bank, queries, options.Neighbours, (query, nearest) =>
        {
            var votes = classifier.Votes(nearest, options.Neighbours);
            if (Array.IndexOf(votes, votes.Max()) == queries.Labels[query]) right++;
            Told(1);
        }, threads: 1, _device); // those of a pool would have the priority of the training
        return new()
        {
            Step = step,
            Epoch = _shape.EpochOf(step),
            Neighbours = Math.Min(options.Neighbours, bank.Count),
            Accuracy = (double)right / queries.Count,
            Bank = bank.Count,
            Queries = queries.Count,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 3),
        };
    }

    private FeatureSet Features(IFeatureExtractor extractor, LabelledImages opened)
    {
        using var images = opened;
        var seen = 0L;
        return FeatureReader.Read(extractor, images, _recipe.Evaluation.BatchSize, LogLeftOut, read =>
        {
            Told(read - seen);
            seen = read;
        });
    }

    private void Told(long images)
    {
        Interlocked.Add(ref _progress, images);
        _stop.Token.ThrowIfCancellationRequested();
    }

    [LoggerMessage(1040, LogLevel.Information, "k-NN of the teacher at step {Step} (epoch {Epoch}): {Accuracy:F1} % (k={Neighbours}, {Bank} images vote on {Queries}; {Seconds:F1} s beside the training)")]
    private partial void LogResult(long step, long epoch, double accuracy, int neighbours, int bank, int queries, double seconds);

    [LoggerMessage(1041, LogLevel.Information, "the k-NN evaluation of step {Step} is left out: that of step {Running} still runs. Make Watch:KnnEveryEpochs larger or Watch:MostImages smaller")]
    private partial void LogSkipped(long step, long running);

    [LoggerMessage(1042, LogLevel.Information, "the k-NN evaluation of step {Step} was given up: this node stops, or writes no more")]
    private partial void LogGivenUp(long step);

    [LoggerMessage(1043, LogLevel.Warning, "the k-NN evaluation of step {Step} failed, training goes on: {Reason}")]
    private partial void LogFailed(long step, string reason);

    [LoggerMessage(1044, LogLevel.Warning, "the k-NN evaluation left out {Image}")]
    private partial void LogLeftOut(string image);

    [LoggerMessage(1045, LogLevel.Warning, "the k-NN evaluation of step {Step} is left behind: its images are being read and nothing comes, the storage hangs. Check the disk or the mount")]
    private partial void LogLeftBehind(long step);
}
