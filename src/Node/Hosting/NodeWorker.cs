using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Collectives;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Reading;
using Lockstep.Node.Evaluation.Online;
using Lockstep.Node.Membership;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Replica.NotFinite;
using Lockstep.Node.Session;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Hosting;

/// <summary>
/// The life of a node: feeds <see cref="MemberMachine"/>, one event at a time, and does what it decides. A request to stop
/// lets the step be finished and handed over; a lost coordinator is dialled again; nothing committed is lost.
/// </summary>
public sealed partial class NodeWorker(
    TrainingRecipe recipe, NodeRun node, ReplicaGate gate, NodeResult result, LeaveRequest leave, Collectives.Collectives collectives, NodeTelemetry telemetry, IServer server, NodeVitals vitals,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<NodeWorker> logger) : BackgroundService
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(50), AttemptTimeout = TimeSpan.FromSeconds(5);
    private readonly Channel<(NodeEvent Event, TimeSpan At, CoordinatorSession? Source)> _events = Channel.CreateUnbounded<(NodeEvent, TimeSpan, CoordinatorSession?)>(new() { SingleReader = true });
    private readonly Uri _coordinator = new(recipe.Node.Coordinator);
    private readonly long _start = time.GetTimestamp();
    private readonly NodeData _data = new(
        node.Source,
        new SampleReads(node.Source, TimeSpan.FromSeconds(recipe.Data.ReadRetrySeconds), time, message => LogStorage(logger, message), leave.Token),
        new BrokenSamples(recipe.Data.MaxBrokenShare, Naming(new BrokenList(recipe.Run.Folder, node.Name, message => LogFolderWarning(logger, message)), logger)));
    private readonly PrefetchDepth _depth = PrefetchDepth.For(
        recipe.Data.PrefetchMicrobatches, recipe.Data.PrefetchMiB, PrefetchDepth.BytesOf(node.Shape, node.Method.Views), Lanes(node));
    private readonly string _fingerprint = KernelFingerprint.Compute(node.Device);
    private CoordinatorSession? _session;
    private Trainer _trainer = null!;
    private Exception? _cause;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifetime.StartedAsync();
            result.Outcome = await RunAsync();
        }
        catch (Exception e) when (IsExpected(e))
        {
            result.Outcome = new Finish { Outcome = Finish.Types.Outcome.Failed, Reason = e.Message };
        }
        catch (Exception e)
        {
            result.Failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    // Failures with a message of their own; anything else is a fault of ours and keeps its stack trace.
    private static bool IsExpected(Exception e) =>
        e is SessionException or AllReduceException or DataException or CheckpointException or NonFiniteStepException or DeviceException or IOException or UnauthorizedAccessException or OperationCanceledException;

    private async Task<Finish> RunAsync()
    {
        await using var trainer = new Trainer(
            node.Method, gate, node.Shape, Lanes(node), node.Device, _coordinator, collectives, _data, Prefetch, ScribeAsync, telemetry, Post,
            new StepDiagnosis(recipe, node.Method, node.Shape, node.Source, node.Order, node.Device));
        _trainer = trainer;
        var state = MemberMachine.Start(Greeting(recipe.Node.Advertise), Timings(), Now);
        vitals.Note(state);
        LogStarted(node.Name, recipe.Node.Coordinator, gate.State.Step, _fingerprint);
        if (_depth.Warning is { } warning) LogPrefetch(warning);

        using var leaving = leave.Token.Register(() => Post(new NodeEvent.LeaveRequested($"{node.Name} was asked to stop")));
        using var ticks = new Timer(_ => Post(new NodeEvent.Tick()), null, TickInterval, TickInterval);
        try
        {
            while (true)
            {
                var (happened, at, source) = await _events.Reader.ReadAsync(CancellationToken.None);
                if (source is not null && source != _session) continue; // of a session that was given up meanwhile
                if (happened is NodeEvent.Broke broke) _cause ??= broke.Cause;
                var decision = MemberMachine.Decide(state, happened, at);
                state = decision.State;
                vitals.Note(state);
                if (decision.Reason is { } reason) LogDecided(node.Name, reason);
                foreach (var effect in decision.Effects)
                {
                    if (effect is NodeEffect.Exit exit) return await ExitAsync(exit.Finish);
                    try
                    {
                        await PerformAsync(effect);
                    }
                    catch (Exception e)
                    {
                        Post(new NodeEvent.Broke(e)); // the coordinator hears of it before the node ends
                        break;
                    }
                }
            }
        }
        finally
        {
            if (_session is not null) await _session.DisposeAsync();
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_start);

    private void Post(NodeEvent happened) => Post(happened, null);

    private void Post(NodeEvent happened, CoordinatorSession? source) => _events.Writer.TryWrite((happened, Now, source));

    private Hello Greeting(string address) => new()
    {
        Node = node.Name,
        Instance = Guid.NewGuid().ToString("n"),
        RecipeHash = recipe.Hash,
        DatasetHash = node.DatasetHash,
        Samples = node.Source.Count,
        KernelFingerprint = _fingerprint,
        Step = gate.State.Step,
        StateDigest = gate.State.Digest(),
        Run = gate.Run,
        Lanes = node.Lanes,
        ReplicaAddress = address,
    };

    private MemberTimings Timings() => new(
        TimeSpan.FromSeconds(recipe.Node.ConnectTimeoutSeconds), TimeSpan.FromSeconds(recipe.Node.ReconnectTimeoutSeconds), TimeSpan.FromSeconds(recipe.Node.CoordinatorTimeoutSeconds));

    private async Task PerformAsync(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Dial dial: _ = DialAsync(dial.Hello); break;
            case NodeEffect.HangUp: await HangUpAsync(); break;
            case NodeEffect.Send send: _session?.Send(send.Message); break;
            case NodeEffect.Adopt adopt: await _trainer.AdoptAsync(adopt.Plan, adopt.NodeIndex); break;
            case NodeEffect.CloseExchange: await _trainer.CloseExchangeAsync(); break;
            case NodeEffect.BeginStep begin: _trainer.BeginStep(begin.Step, begin.Work); break;
            case NodeEffect.Retarget retarget: _trainer.Retarget(retarget.Work); break;
            case NodeEffect.Compute compute: _trainer.Compute(compute.Step, compute.Microbatches); break;
            case NodeEffect.Reduce reduce: _trainer.Reduce(reduce.Generation, reduce.Step); break;
            case NodeEffect.Listen listen: _trainer.Listen(listen.Generation, listen.FromStep); break;
            case NodeEffect.DropSums drop: _trainer.DropSums(drop.BeforeStep); break;
            case NodeEffect.Fetch fetch: _trainer.Fetch(fetch.Run, fetch.Donors, fetch.MinStep, recipe.Hash); break;
            case NodeEffect.Write write: _trainer.Write(new Plan { Run = write.Run, Generation = write.Generation }); break;
            case NodeEffect.Diagnose diagnose: _trainer.Diagnose(diagnose.Step); break;
            case NodeEffect.Apply apply: _trainer.Apply(apply.Step, apply.WithDigest); break;
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private async Task DialAsync(Hello hello)
    {
        await HangUpAsync();
        try
        {
            // Each time: a coordinator's name may be known only now.
            if (recipe.Node.Advertise.Length == 0) hello.ReplicaAddress = await Task.Run(() => ReachableAddress.Of(server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "", _coordinator));
            if (hello.StateDigest.Length == 0) hello.StateDigest = gate.State.Digest(); // the machine dials only while the state is at rest
            using var attempt = new CancellationTokenSource(AttemptTimeout, time);
            var session = await CoordinatorSession.DialAsync(_coordinator, hello, _trainer.Heartbeat, collectives.Identity, attempt.Token);
            _session = session;
            Post(new NodeEvent.Welcomed(session.Welcome), session);
            await foreach (var happened in session.Events.ReadAllAsync()) Post(happened, session);
        }
        catch (SessionException e)
        {
            Post(new NodeEvent.Refused(e.Message, e.Retry));
        }
        catch (Exception e)
        {
            Post(new NodeEvent.Broke(e));
        }
    }

    private async Task HangUpAsync()
    {
        if (Interlocked.Exchange(ref _session, null) is { } session) await session.DisposeAsync();
    }

    private async Task<Finish> ExitAsync(Finish finish)
    {
        try
        {
            await _trainer.FinishAsync(finish.StateIsDoubtful);
        }
        catch (Exception e) when (_cause is not null && IsExpected(e))
        {
            LogDecided(node.Name, e.Message); // what failed first is the one to tell
        }
        var read = _data.Counts;
        LogRead(node.Name, read.Images, read.Bytes / 1_000_000, read.CacheHits, read.Replaced);
        if (_cause is not null && !IsExpected(_cause)) ExceptionDispatchInfo.Throw(_cause);
        return finish;
    }

    private async Task<IScribe> ScribeAsync(Plan plan, bool writes)
    {
        if (!writes) return new SilentScribe(recipe.Run.Folder);
        RunFolder? folder;
        try
        {
            folder = await RunFolder.TakeAsync(recipe, plan.Run, plan.Generation, _fingerprint, message => LogFolderWarning(logger, message));
        }
        catch (CheckpointException e) when (_session is not { IsOpen: true })
        {
            // This node stood still and was given up meanwhile: the folder is in the right hands.
            LogDecided(node.Name, $"generation {plan.Generation} is over, another node writes now ({e.Message})");
            return new SilentScribe(recipe.Run.Folder);
        }
        if (folder is null)
        {
            LogDecided(node.Name, $"generation {plan.Generation} is over, another node writes now");
            return new SilentScribe(recipe.Run.Folder);
        }
        var knn = node.KnnImages is { } images
            ? new OnlineKnn(recipe, node.Shape, node.Method, node.Device, images, KnnLog.Open(recipe.Run.Folder, gate.State.Step), folder.IsReplaced, time, leave.Token, logger)
            : null;
        return new RunFolderScribe(recipe, node.Shape, gate.State, folder, node.DatasetHash, time, telemetry, logger, knn);
    }

    // More lanes than microbatches would have nothing to do.
    private static int Lanes(NodeRun node) => Math.Min(node.Lanes, node.Shape.Microbatches);

    private static BrokenSampleLog Naming(BrokenList list, ILogger logger) => (name, reason) =>
    {
        if (list.Add(name, reason)) LogBrokenSample(logger, name, reason, list.FilePath);
    };

    private MicrobatchPrefetcher Prefetch(MicrobatchSet first, MicrobatchBlock range, long startStep, long endStep) => new(
        node.Source, node.Shape, node.Method.Views, first, range, startStep, endStep, node.Workers, _depth.Microbatches, _data.Broken, _data.Reads, node.Order);

    [LoggerMessage(1001, LogLevel.Information, "{Node} takes part in the run at {Coordinator}; state at step {Step}; {Fingerprint}")]
    private partial void LogStarted(string node, string coordinator, long step, string fingerprint);

    [LoggerMessage(1002, LogLevel.Information, "{Node}: {Reason}")]
    private partial void LogDecided(string node, string reason);

    [LoggerMessage(1004, LogLevel.Warning, "broken image {Name}: {Reason}. Another sample takes its place; {List} lists it.")]
    private static partial void LogBrokenSample(ILogger logger, string name, string reason, string list);

    [LoggerMessage(1005, LogLevel.Warning, "{Message}")]
    private static partial void LogFolderWarning(ILogger logger, string message);

    [LoggerMessage(1006, LogLevel.Warning, "{Message}")]
    private static partial void LogStorage(ILogger logger, string message);

    [LoggerMessage(1007, LogLevel.Warning, "{Message}")]
    private partial void LogPrefetch(string message);

    [LoggerMessage(1008, LogLevel.Information, "{Node} has read {Images:N0} images, {MegaBytes:N0} MB; {CacheHits:N0} came from its cache; {Replaced:N0} were broken and replaced")]
    private partial void LogRead(string node, long images, long megaBytes, long cacheHits, long replaced);
}
