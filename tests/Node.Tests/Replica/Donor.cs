using Google.Protobuf;
using Grpc.Core;
using Lockstep.Models.Replica;
using Lockstep.Node.Replica;
using Lockstep.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Tests.Replica;

/// <summary>A node that serves its state on loopback, and may die in the middle of it or send wrong bits.</summary>
internal sealed class Donor : IAsyncDisposable
{
    public const string Run = "0123456789abcdef0123456789abcdef";

    // The student is larger than one chunk of 2^18 floats, so that a section comes in pieces.
    public static readonly StateLayout Layout = new([
        ("student", new FlatLayout([("w", [700, 500]), ("b", [7])])),
        ("teacher", new FlatLayout([("w", [31]), ("b", [7])])),
    ]);

    private readonly WebApplication _app;
    private readonly Faults _faults;

    private Donor(WebApplication app, ReplicaGate gate, Faults faults) => (_app, Gate, _faults) = (app, gate, faults);

    public ReplicaGate Gate { get; }

    public ReplicaState State => Gate.State;

    public string Address => _app.Urls.First();

    /// <summary>What was asked of it.</summary>
    public IReadOnlyList<FetchRequest> Requests => _faults.Requests;

    /// <summary>Completes with the first request.</summary>
    public Task Asked => _faults.Asked.Task;

    /// <param name="step">Committed steps of its state.</param>
    /// <param name="chunks">Chunks that it sends before it dies.</param>
    /// <param name="spoils">It sends other bits than those whose digest it tells.</param>
    public static async Task<Donor> StartAsync(long step = 42, int chunks = int.MaxValue, bool spoils = false)
    {
        var state = new ReplicaState(Layout) { Step = step };
        foreach (var (name, _) in Layout.Sections)
        {
            var values = state[name].Span;
            for (var i = 0; i < values.Length; i++) values[i] = i * 0.5f + name.Length + step;
        }
        var (gate, faults) = (new ReplicaGate(state) { Run = Run }, new Faults(chunks, spoils));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(faults).AddSingleton(new ReplicaService(gate, Recipes.In("unused")));
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return new(app, gate, faults);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Gate.Dispose();
        State.Dispose();
    }

    internal sealed class Faults(int chunks, bool spoils)
    {
        public int Chunks => chunks;

        public bool Spoils => spoils;

        public List<FetchRequest> Requests { get; } = [];

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class Service(ReplicaService real, Faults faults) : Protos.Replica.ReplicaBase
    {
        public override Task FetchState(FetchRequest request, IServerStreamWriter<StateChunk> responseStream, ServerCallContext context)
        {
            lock (faults.Requests) faults.Requests.Add(request.Clone());
            faults.Asked.TrySetResult();
            return real.FetchState(request, new Writer(responseStream, faults), context);
        }

        public override Task FetchTeacher(FetchRequest request, IServerStreamWriter<StateChunk> responseStream, ServerCallContext context) =>
            real.FetchTeacher(request, responseStream, context);
    }

    private sealed class Writer(IServerStreamWriter<StateChunk> stream, Faults faults) : IServerStreamWriter<StateChunk>
    {
        private int _sent;

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(StateChunk message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(StateChunk message, CancellationToken cancellationToken)
        {
            if (_sent++ == faults.Chunks) throw new RpcException(new Status(StatusCode.Unavailable, "killed"));
            if (faults.Spoils && message.Data.Length > 0)
            {
                var bytes = message.Data.ToByteArray();
                bytes[5] ^= 1;
                message.Data = ByteString.CopyFrom(bytes);
            }
            return stream.WriteAsync(message, cancellationToken);
        }
    }
}
