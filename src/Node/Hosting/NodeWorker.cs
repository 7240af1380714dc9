using System.Runtime.ExceptionServices;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Collectives;
using Lockstep.Node.Data;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Hosting;

/// <summary>
/// The life of a node: greet the coordinator, hold the state, train generation by generation, write down what must be
/// kept, leave. A request to stop ends the run at the next step boundary; nothing committed is lost.
/// </summary>
public sealed partial class NodeWorker(
    TrainingRecipe recipe, NodeRun node, ReplicaGate gate, NodeResult result, Collectives.Collectives collectives, IServer server,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<NodeWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await lifetime.StartedAsync();
            result.Outcome = await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            result.Outcome = new Finish { Outcome = Finish.Types.Outcome.Stopped, Reason = "stopped before the run began" };
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
        e is SessionException or AllReduceException or DataException or CheckpointException or NonFiniteStepException or IOException or UnauthorizedAccessException or OperationCanceledException;

    private async Task<Finish> RunAsync(CancellationToken stoppingToken)
    {
        var coordinator = new Uri(recipe.Node.Coordinator);
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        var fingerprint = KernelFingerprint.Compute();
        await using var session = await CoordinatorSession.OpenAsync(coordinator, new Hello
        {
            Node = node.Name,
            RecipeHash = recipe.Hash,
            DatasetHash = node.Source.Fingerprint,
            Samples = node.Source.Count,
            KernelFingerprint = fingerprint,
            Step = gate.State.Step,
            StateDigest = gate.State.Digest(),
            Lanes = node.Lanes,
            ReplicaAddress = ReachableAddress.Of(bound, coordinator),
        }, new SessionOptions { ConnectTimeoutSeconds = recipe.Node.ConnectTimeoutSeconds }, logger, time, stoppingToken);
        LogGreeted(node.Name, session.NodeIndex, recipe.Node.Coordinator, gate.State.Step, fingerprint);

        using var leaving = stoppingToken.Register(() => session.Leave($"{node.Name} was asked to stop"));
        try
        {
            var next = await session.ReadyAsync(CancellationToken.None);
            while (next is Planned planned) next = await TrainAsync(session, planned.Plan, fingerprint);
            return ((Finished)next).Finish;
        }
        catch (OperationCanceledException) when (session.Ended.IsCancellationRequested)
        {
            return session.Outcome ?? new Finish
            {
                Outcome = Finish.Types.Outcome.Failed,
                Reason = $"the coordinator at {coordinator} was lost at step {gate.State.Step}. What was committed is kept; start coordinator and nodes again to resume.",
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // When the run has ended for another reason, that reason is the one to tell; ours is only its echo.
            await session.FailAsync(e.Message);
            if (e is AllReduceException && session.Outcome is { } finish) return finish;
            throw;
        }
    }

    private async Task<SessionEvent> TrainAsync(CoordinatorSession session, Plan plan, string fingerprint)
    {
        if (plan.FetchStateFrom.Length > 0)
        {
            LogFetching(plan.FetchStateFrom, plan.FirstStep);
            await StateFetch.RunAsync(plan.FetchStateFrom, plan.Run, recipe.Hash, gate.State, session.Ended);
        }
        if (gate.State.Step != plan.FirstStep)
            throw new SessionException($"{node.Name} holds the state of step {gate.State.Step}, but generation {plan.Generation} begins at step {plan.FirstStep}. Start the run again.");
        gate.Run = session.Run; // from here on peers and evaluators may ask for the state
        LogPlanned(plan.Generation, plan.FirstMicrobatch, plan.FirstMicrobatch + plan.MicrobatchCount - 1, plan.FirstStep, plan.TotalSteps);
        using var folder = plan.Scribe ? RunFolder.Take(recipe, plan.Run, fingerprint, LogFolderWarning) : null;
        using var writer = plan.Scribe ? new RunFolderScribe(recipe, node.Shape, gate.State, plan, node.Source.Fingerprint, time, logger) : null;
        IScribe scribe = writer is null ? new SilentScribe(recipe.Run.Folder) : writer;
        await using var allReduce = collectives.Open(plan, session.NodeIndex, (int)node.Method.Contribution.Length, new Uri(recipe.Node.Coordinator));
        try
        {
            using var trainer = new Trainer(node.Method, gate, node.Shape, plan, node.Lanes, session, allReduce, scribe, Prefetch);
            return await trainer.RunAsync(CancellationToken.None);
        }
        finally
        {
            // Whatever ended the generation, what was committed is kept.
            await scribe.FinishAsync();
        }
    }

    private MicrobatchPrefetcher Prefetch(Plan plan) => new(
        node.Source, node.Shape, node.Method.Views, plan.FirstMicrobatch, plan.MicrobatchCount, plan.FirstStep, plan.TotalSteps,
        recipe.Data.Workers, recipe.Data.PrefetchMicrobatches, recipe.Data.MaxBrokenShare, LogBrokenSample);

    [LoggerMessage(1001, LogLevel.Information, "{Node} (number {Index}) takes part in the run at {Coordinator}; state at step {Step}; {Fingerprint}")]
    private partial void LogGreeted(string node, int index, string coordinator, long step, string fingerprint);

    [LoggerMessage(1002, LogLevel.Information, "generation {Generation}: microbatches {First} to {Last}, steps {FirstStep} to {TotalSteps}")]
    private partial void LogPlanned(long generation, int first, int last, long firstStep, long totalSteps);

    [LoggerMessage(1003, LogLevel.Information, "fetching the state of step {Step} from {Address}")]
    private partial void LogFetching(string address, long step);

    [LoggerMessage(1005, LogLevel.Warning, "{Message}")]
    private partial void LogFolderWarning(string message);

    [LoggerMessage(1004, LogLevel.Warning, "broken image {Name}: {Reason}. Another sample takes its place.")]
    private partial void LogBrokenSample(string name, string reason);
}
