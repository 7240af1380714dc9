using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Lockstep.Coordinator.Tests.Chunks;
using Lockstep.Node.Collectives;
using Lockstep.Node.Membership;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>A node that sums random numbers instead of gradients: the whole protocol over real loopback gRPC, no training.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private static readonly MemberTimings Timings = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10));
    private readonly Channel<NodeEvent> _events = Channel.CreateUnbounded<NodeEvent>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<long, (float[] Sum, string Digest)> _sums = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly Uri _coordinator;
    private readonly Hello _hello;
    private readonly int _floats;
    private readonly FakeState _state;
    private readonly WebApplication _host;
    private readonly Func<long, Task> _beforeCompute;
    private volatile CoordinatorSession? _session;
    private volatile string _phase = "start";
    private volatile KnnResult? _knn; // at every fifth step; its accuracy is the step in percent
    private StepPartials? _partials;
    private IAllReduce? _exchange;
    private CancellationTokenSource _exchangeEnd = new();
    private Task _exchanging = Task.CompletedTask, _computing = Task.CompletedTask;
    private int _computed;

    private FakeNode(WebApplication host, FakeState state, Uri coordinator, Hello hello, int floats, Func<long, Task>? beforeCompute)
    {
        (_host, _state, _coordinator, _hello, _floats) = (host, state, coordinator, hello, floats);
        _beforeCompute = beforeCompute ?? (static _ => Task.CompletedTask);
        Ended = Task.Run(RunAsync);
    }

    public string Name => _hello.Node;

    /// <summary>Digest of the sum of each step that this node applied.</summary>
    public ConcurrentDictionary<long, string> Applied { get; } = new();

    /// <summary>The plans that it adopted.</summary>
    public ConcurrentQueue<Plan> Plans { get; } = new();

    /// <summary>Microbatches that it computed, by step.</summary>
    public ConcurrentQueue<(long Step, MicrobatchSet Work)> Computed { get; } = new();

    /// <summary>The times that it wrote the run's end: under which generation, and which state.</summary>
    public ConcurrentQueue<(long Generation, long Step)> Written { get; } = new();

    /// <summary>Why it did what it did.</summary>
    public ConcurrentQueue<string> Reasons { get; } = new();

    public long BytesSent { get; private set; }

    /// <summary>How its part of the run ended.</summary>
    public Task<Finish> Ended { get; }

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    public static Hello Hello(string name) => new()
    {
        Node = name,
        Instance = Guid.NewGuid().ToString("n"),
        RecipeHash = "recipe",
        DatasetHash = "dataset",
        KernelFingerprint = "cpu",
        StateDigest = "fresh",
        Lanes = 1,
        Samples = 6400,
    };

    public static string Digest(ReadOnlySpan<float> floats) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(floats)));

    /// <summary>A session alone, without a node that answers.</summary>
    public static Task<CoordinatorSession> DialAsync(Uri coordinator, Hello hello, Identity? identity = null) =>
        CoordinatorSession.DialAsync(coordinator, hello, static () => new() { Phase = "start" }, identity ?? Identity.None, CancellationToken.None).InTime();

    /// <param name="beforeCompute">Awaited before a step's microbatches are computed.</param>
    public static async Task<FakeNode> StartAsync(Uri coordinator, string name, int floats, Func<long, Task>? beforeCompute = null, Identity? identity = null)
    {
        identity ??= Identity.None;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"{coordinator.Scheme}://127.0.0.1:0");
        builder.WebHost.UseExchange(identity);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(identity).AddSingleton<Collectives>().AddSingleton<FakeState>();
        builder.Services.AddGrpc();
        var host = builder.Build();
        host.UseJoinToken(identity);
        host.MapGrpcService<FakeState>();
        host.MapGrpcService<NodeCollectiveService>();
        await host.StartAsync().InTime();
        var hello = Hello(name);
        hello.ReplicaAddress = host.Urls.First();
        return new(host, host.Services.GetRequiredService<FakeState>(), coordinator, hello, floats, beforeCompute);
    }

    /// <summary>Asks the node to stop, as SIGTERM does.</summary>
    public void Leave(string reason) => _events.Writer.TryWrite(new NodeEvent.LeaveRequested(reason));

    /// <summary>The node cannot go on.</summary>
    public void Break(string reason) => _events.Writer.TryWrite(new NodeEvent.Broke(new IOException(reason)));

    /// <summary>The end of its process: no more words, all connections are cut.</summary>
    public async Task KillAsync()
    {
        await _ending.CancelAsync();
        _events.Writer.TryComplete();
        await Ended.InTime();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _host.StopAsync(now.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _host.DisposeAsync();
    }

    private void Post(NodeEvent happened) => _events.Writer.TryWrite(happened);

    private async Task<Finish> RunAsync()
    {
        var state = MemberMachine.Start(_hello, Timings, Now);
        await using var ticks = new Timer(_ => Post(new NodeEvent.Tick()), null, 0, 20);
        try
        {
            await foreach (var happened in _events.Reader.ReadAllAsync())
            {
                if (_ending.IsCancellationRequested) break;
                var decision = MemberMachine.Decide(state, happened, Now);
                state = decision.State;
                if (decision.Reason is { } reason) Reasons.Enqueue(reason);
                foreach (var effect in decision.Effects)
                {
                    if (effect is NodeEffect.Exit exit) return exit.Finish;
                    await PerformAsync(effect);
                }
            }
            return new() { Outcome = Finish.Types.Outcome.Failed, Reason = "killed" };
        }
        finally
        {
            await _ending.CancelAsync();
            if (_session is { } session) await session.DisposeAsync();
            await CloseExchangeAsync();
        }
    }

    private async Task PerformAsync(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Dial dial: _ = TalkAsync(dial.Hello); break;
            case NodeEffect.HangUp: await HangUpAsync(); break;
            case NodeEffect.Send send: _session?.Send(send.Message); break;
            case NodeEffect.Adopt adopt: await AdoptAsync(adopt.Plan, adopt.NodeIndex); break;
            case NodeEffect.CloseExchange: await CloseExchangeAsync(); break;
            case NodeEffect.BeginStep begin: _computed = 0; _partials!.Begin(begin.Work); break;
            case NodeEffect.Retarget retarget: _partials!.Retarget(retarget.Work); break;
            case NodeEffect.Compute compute: _computing = ComputeAsync(compute.Step, compute.Microbatches); break;
            case NodeEffect.Reduce reduce: _exchanging = ExchangeAsync(reduce.Generation, reduce.Step, _exchange!, _partials!, once: true, _exchangeEnd.Token); break;
            case NodeEffect.Listen listen: _exchanging = ExchangeAsync(listen.Generation, listen.FromStep, _exchange!, Nothing(), once: false, _exchangeEnd.Token); break;
            case NodeEffect.DropSums drop: foreach (var step in _sums.Keys.Where(step => step < drop.BeforeStep)) _sums.TryRemove(step, out _); break;
            case NodeEffect.Fetch fetch: _ = FetchAsync(fetch); break;
            case NodeEffect.Write write: Written.Enqueue((write.Generation, _state.Now.Step)); Post(new NodeEvent.Written()); break;
            case NodeEffect.Apply apply: Apply(apply.Step); break;
            default: throw new InvalidOperationException($"No one performs {effect.GetType().Name}.");
        }
    }

    private async Task TalkAsync(Hello hello)
    {
        await HangUpAsync();
        try
        {
            using var attempt = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            var session = await CoordinatorSession.DialAsync(_coordinator, hello, () => new() { Phase = _phase, WaitsFor = _phase == "reduce" ? "others" : "", Knn = _knn }, _host.Services.GetRequiredService<Identity>(), attempt.Token);
            _session = session;
            Post(new NodeEvent.Welcomed(session.Welcome));
            await foreach (var happened in session.Events.ReadAllAsync())
            {
                if (_session == session) Post(happened);
            }
        }
        catch (SessionException e)
        {
            Post(new NodeEvent.Refused(e.Message, e.Retry));
        }
    }

    private async Task HangUpAsync()
    {
        if (Interlocked.Exchange(ref _session, null) is { } session) await session.DisposeAsync();
    }

    private async Task AdoptAsync(Plan plan, int nodeIndex)
    {
        await CloseExchangeAsync();
        (_exchangeEnd, _partials) = (new(), _partials ?? new StepPartials(plan.Microbatches, _floats));
        _exchange = _host.Services.GetRequiredService<Collectives>().Open(plan, nodeIndex, _floats, _coordinator);
        Plans.Enqueue(plan);
    }

    private async Task CloseExchangeAsync()
    {
        if (_exchange is not { } exchange) return;
        await _exchangeEnd.CancelAsync();
        await exchange.DisposeAsync();
        await _exchanging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _exchange = null;
    }

    private StepPartials Nothing()
    {
        var none = new StepPartials(1, _floats);
        none.Begin(MicrobatchSet.Empty);
        return none;
    }

    private async Task ComputeAsync(long step, MicrobatchSet microbatches)
    {
        await Task.Yield();
        _phase = "compute";
        await _beforeCompute(step).WaitAsync(_ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_ending.IsCancellationRequested) return;
        var order = microbatches.Members.ToArray();
        new Random((int)step + order.Length).Shuffle(order);
        Parallel.ForEach(order, microbatch => _partials!.Add(microbatch, 0, Contributions.Of(step, microbatch, _floats)));
        Computed.Enqueue((step, microbatches));
        _computed += microbatches.Count;
        _phase = "reduce";
        Post(new NodeEvent.Computed(step));
    }

    private async Task ExchangeAsync(long generation, long step, IAllReduce exchange, StepPartials partials, bool once, CancellationToken ct)
    {
        await Task.Yield();
        try
        {
            do
            {
                var sum = new float[_floats];
                await exchange.ReduceAsync(step, partials, sum, ct);
                if (once) await _computing;
                BytesSent = exchange.BytesSent;
                _sums[step] = (sum, Digest(sum));
                Post(new NodeEvent.SumReady(new() { Generation = generation, Step = step, SumDigest = _sums[step].Digest, ComputedMicrobatches = once ? _computed : 0 }));
                step++;
            }
            while (!once);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The generation is over.
        }
        catch (AllReduceException e)
        {
            if (!ct.IsCancellationRequested) Post(new NodeEvent.ExchangeBroke(new() { Generation = generation, Step = step, PeerIndex = e.PeerIndex, Reason = e.Message }));
        }
    }

    private async Task FetchAsync(NodeEffect.Fetch fetch)
    {
        await Task.Yield();
        try
        {
            await _state.FetchAsync(new() { Run = fetch.Run, MinStep = fetch.MinStep }, fetch.Donors, _ending.Token);
            Post(new NodeEvent.Fetched(_state.Now.Step, _state.Now.Digest));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Post(new NodeEvent.FetchFailed(e.Message));
        }
    }

    private void Apply(long step)
    {
        Applied[step] = _sums[step].Digest;
        if ((step + 1) % 5 == 0) _knn = new() { Step = step + 1, Accuracy = (step + 1) / 100.0, Neighbours = 20 };
        var digest = _state.Apply(step, _sums[step].Digest);
        _sums.TryRemove(step, out _);
        Post(new NodeEvent.Applied(step, digest));
    }
}
