using System.Net.Sockets;
using Lockstep.Models;
using Lockstep.Models.Backbones;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Collectives;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Cache;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Evaluation.Online;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Session;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;
using Lockstep.Protos.Hosting;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Hosting;

/// <summary>One node of a run, on the generic host.</summary>
public static class NodeApp
{
    // A step and a checkpoint may take this long after a request to stop.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromMinutes(10);

    // The plan says how long slices are, and the coordinator may have another recipe file than this node.
    private const int MaxSliceFloats = 1 << 24;

    /// <summary>Runs the node until the run ends, it is asked to stop or it fails.</summary>
    /// <exception cref="DataException">The training images cannot be used.</exception>
    /// <exception cref="CheckpointException">The run folder holds another run.</exception>
    /// <exception cref="DeviceException">Node:Device is not there.</exception>
    public static Task<Finish> RunAsync(TrainingRecipe recipe, Action<ILoggingBuilder> configureLogging, CancellationToken cancellationToken)
    {
        using var early = LoggerFactory.Create(configureLogging);
        var log = early.CreateLogger("Lockstep.Node");
        var source = SampleSource.Open(recipe.Data.Train, warning => StartLog.Data(log, warning));
        return RunAsync(recipe, source, recipe.CreateMethod, configureLogging, cancellationToken);
    }

    /// <summary>The same with images and a method that no recipe names.</summary>
    internal static async Task<Finish> RunAsync(
        TrainingRecipe recipe, ISampleSource source, Func<RunShape, IPretrainingMethod> createMethod, Action<ILoggingBuilder> configureLogging, CancellationToken cancellationToken)
    {
        TorchSharp.torch.set_num_threads(1); // threads a microbatch are part of the recipe: one
        var device = ComputeDevice.Open("Node:Device", recipe.Node.Device);
        using var early = LoggerFactory.Create(configureLogging);
        var earlyLog = early.CreateLogger("Lockstep.Node");
        if (device.IsCuda && BackboneShapes.Of(recipe.Model) is ResNetShape) StartLog.Convolutions(earlyLog, recipe.Model.Arch);
        var shape = recipe.ShapeFor(source.Count);
        if (shape.StepsPerEpoch == 0)
            throw new DataException($"'{recipe.Data.Train}' has {source.Count} images, fewer than one step takes (Run:GlobalBatch={recipe.Run.GlobalBatch}). Add images or lower Run:GlobalBatch.");
        var method = createMethod(shape);
        var order = EpochOrder.Of(recipe.Data, source);
        var (state, run) = Resume.Load(
            recipe, method, order.DatasetHash(source.Fingerprint), message => StartLog.Damaged(earlyLog, message), line => StartLog.Weights(earlyLog, line));
        using var loaded = state;
        using var gate = new ReplicaGate(state) { Run = run };
        var name = recipe.Node.ResolvedName;
        var lanes = recipe.Node.Lanes > 0 ? recipe.Node.Lanes : device.IsStaged ? 1 : Environment.ProcessorCount;
        var workers = recipe.Data.Workers > 0 ? recipe.Data.Workers : Environment.ProcessorCount;
        using var cached = CachedSource.Open(source, recipe.Data, message => StartLog.Data(earlyLog, message));
        if (cached is not null) StartLog.Cache(earlyLog, name, cached.ToString());
        var images = KnnImages.Open(recipe, cached ?? source, message => StartLog.Data(earlyLog, message));
        var result = new NodeResult();
        var identity = Identity.Load(recipe.Security, TimeProvider.System, early.CreateLogger<Identity>());

        using var leave = new LeaveRequest(cancellationToken);
        await using var app = Build(recipe, new NodeRun(name, lanes, workers, cached ?? source, order, shape, method) { KnnImages = images, Device = device }, gate, result, leave, identity, configureLogging);
        await using var health = recipe.Node.HealthListen is { Length: > 0 } plain
            ? await ListenAsync("Node:HealthListen", plain, () => HealthServer.StartAsync(plain, app.Services.GetRequiredService<IVitals>(), configureLogging, TimeProvider.System)) : null;
        await ListenAsync("Node:Listen", recipe.Node.Listen, async () =>
        {
            await app.StartAsync(CancellationToken.None);
            return app;
        });
        await app.WaitForShutdownAsync(CancellationToken.None);
        result.Failure?.Throw();
        return result.Outcome ?? new Finish { Outcome = Finish.Types.Outcome.Failed, Reason = $"{name} ended before its run did; see its log" };
    }

    private static async Task<T> ListenAsync<T>(string key, string address, Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException or FormatException)
        {
            throw new SessionException($"the node cannot listen on {key}={address}: {e.Message.TrimEnd('.')}. Choose another address or port; port 0 takes a free one.", e);
        }
    }

    private static WebApplication Build(
        TrainingRecipe recipe, NodeRun node, ReplicaGate gate, NodeResult result, LeaveRequest leave, Identity identity, Action<ILoggingBuilder> configureLogging)
    {
        var builder = BareHost.Create(recipe.Node.Listen, configureLogging);
        builder.WebHost.UseExchange(identity);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddGrpc().AddServiceOptions<NodeCollectiveService>(grpc => grpc.MaxReceiveMessageSize = ExchangeHosting.MaxMessageBytes(MaxSliceFloats));
        builder.Services.AddHealthServices();
        builder.Services.AddSingleton(recipe).AddSingleton(node).AddSingleton(gate).AddSingleton(result).AddSingleton(leave).AddSingleton<IHostLifetime>(leave).AddSingleton(TimeProvider.System).AddSingleton(identity);
        builder.Services.AddSingleton<NodeVitals>().AddSingleton<IVitals>(services => services.GetRequiredService<NodeVitals>());
        builder.Services.AddSingleton(_ => new NodeTelemetry(recipe.Telemetry.TraceEverySteps, TimeProvider.System)).AddSingleton<ReplicaService>().AddSingleton<Collectives.Collectives>();
        builder.Services.AddHostedService<NodeWorker>();
        var app = builder.Build();
        app.UseJoinToken(identity);
        _ = app.Services.GetRequiredService<Refusals>(); // counts from the start
        app.MapGrpcService<ReplicaService>();
        app.MapGrpcService<NodeCollectiveService>();
        app.MapGrpcHealthChecksService();
        return app;
    }
}
