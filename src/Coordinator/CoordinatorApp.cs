using System.Net.Sockets;
using Lockstep.Coordinator.Hosting;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Planning;
using Lockstep.Coordinator.Status;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator;

/// <summary>A coordinator: listens, keeps the nodes of one run in step, and ends with the run.</summary>
public sealed partial class CoordinatorApp : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);
    private readonly WebApplication _app;
    private readonly RunLoop _run;
    private readonly TimeProvider _time;
    private readonly string? _addressFile;
    private readonly IJournal _journal;
    private readonly CancellationTokenSource _closing = new();
    private Task _looping = Task.CompletedTask;
    private StatusServer? _page;
    private HealthServer? _health;
    private bool _announced;

    private CoordinatorApp(WebApplication app, IJournal journal, TimeProvider time, string? addressFile)
    {
        (_app, _journal, _time, _addressFile) = (app, journal, time, addressFile);
        _run = app.Services.GetRequiredService<RunLoop>();
    }

    /// <summary>Where it listens; with port 0 the port that was free.</summary>
    public Uri Address { get; private set; } = new("about:blank");

    /// <summary>Where health alone is answered, in plain; null: nowhere (<see cref="CoordinatorOptions.HealthListen"/>).</summary>
    public Uri? HealthAddress => _health?.Address;

    /// <summary>Identifier of the run.</summary>
    public string Run => _run.State.Run;

    /// <summary>
    /// Runs a coordinator until its run has ended and the nodes have closed their sessions (10 s at most). SIGTERM, Ctrl-C
    /// and <paramref name="ct"/> end the run at the next step boundary; a second signal ends it at once. With
    /// <see cref="CoordinatorOptions.OnTerminate"/> handover, SIGTERM ends the coordinator and not the run.
    /// </summary>
    /// <returns>How the run ended; Left when it did not, and was handed over to the journal.</returns>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">The options are wrong; the message names every error.</exception>
    /// <exception cref="CoordinatorStartException">The address cannot be listened on, or the journal is another run's.</exception>
    /// <exception cref="JournalException">The journal cannot be used; another coordinator of the run may be alive.</exception>
    public static async Task<Finish> RunAsync(CoordinatorOptions options, Action<ILoggingBuilder> configureLogging, CancellationToken ct)
    {
        await using var app = await StartAsync(options, configureLogging, TimeProvider.System);
        using var signals = new StopSignals(app.RequestStop, options.OnTerminate == "handover" ? app.HandOver : null);
        using var cancelled = ct.Register(() => app.RequestStop("the coordinator was asked to stop"));
        return await app.WaitAsync();
    }

    /// <summary>Starts a coordinator and returns once it listens.</summary>
    public static async Task<CoordinatorApp> StartAsync(CoordinatorOptions options, Action<ILoggingBuilder> configureLogging, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configureLogging);
        options.Validate();
        using var early = LoggerFactory.Create(configureLogging);
        var identity = Identity.Load(options.Security, time, early.CreateLogger<Identity>());
        var journal = OpenJournal(options, early, time);
        CoordinatorApp app;
        try
        {
            app = new CoordinatorApp(CoordinatorHost.Build(options, journal, identity, configureLogging, time), journal, time, options.AddressFile);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
        try
        {
            await app.ListenAsync(options, configureLogging);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks for the run to end: at the next step boundary, or at once.</summary>
    public void RequestStop(string reason, bool atOnce = false) => _run.Post(new RunEvent.StopRequested(reason, atOnce));

    /// <summary>Lets go of a run that has not ended: its nodes keep what they have and dial again, the next coordinator with the journal goes on.</summary>
    public void HandOver(string reason) =>
        _run.HandOver($"{reason}: it hands over to its journal after {_run.State.CommittedSteps} committed steps. Started again with the same --journal it goes on");

    /// <summary>Waits for the run's end, or for a request to hand over, and for the sessions to close (10 s at most).</summary>
    public async Task<Finish> WaitAsync()
    {
        var finish = await _run.Finished;
        await Task.WhenAny(_app.Services.GetRequiredService<SessionTable>().DrainedAsync(), Task.Delay(DrainTime, _time));
        return finish;
    }

    /// <summary>Stops listening. A run that has not ended is given up: its nodes see a lost coordinator.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_health is not null) await _health.DisposeAsync();
        if (_page is not null) await _page.DisposeAsync();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time))
        {
            // Nodes that have heard of the end close their exchange streams; who has not by then is cut off.
            await _app.StopAsync(patience.Token);
        }
        await _closing.CancelAsync();
        await _looping;
        await _app.DisposeAsync();
        _journal.Dispose();
        if (_announced) File.Delete(_addressFile!);
    }

    private static IJournal OpenJournal(CoordinatorOptions options, ILoggerFactory logging, TimeProvider time)
    {
        if (options.Journal is null) return new MemoryJournal();
        var logger = logging.CreateLogger<CoordinatorApp>();
        return FileJournal.Open(options.Journal, time, warning => Warned(logger, warning));
    }

    private static string Begins(RunState state, bool isComplete, CoordinatorOptions options, Uri address)
    {
        var journal = options.Journal is null ? "no journal" : $"journal {options.Journal}{(state.Generation > 0 ? $": generation {state.Generation}, {state.CommittedSteps} committed steps" : ", new")}";
        var waits = isComplete ? $"the run is complete: its nodes are told so when they are back, and without any this process ends in {RunMachine.CompleteWait.TotalMinutes:0} minutes"
            : state.Awaited.Length > 0 ? $"waiting for {string.Join(", ", state.Awaited)}" : $"waiting for {options.ExpectedNodes} node{(options.ExpectedNodes == 1 ? "" : "s")}";
        return $"run {state.Run}, start {state.Epoch} of its coordinator, at {address.ToString().TrimEnd('/')} ({journal}); {waits}";
    }

    [LoggerMessage(EventId = 1004, Level = LogLevel.Information, Message = "{Message}")]
    private static partial void Told(ILogger logger, string message);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Warning, Message = "{Message}")]
    private static partial void Warned(ILogger logger, string message);

    private async Task ListenAsync(CoordinatorOptions options, Action<ILoggingBuilder> configureLogging)
    {
        await ListenAsync(options.Listen, () => _app.StartAsync());
        Address = new Uri(_app.Urls.First());
        if (options.StatusListen.Length > 0)
        {
            var feed = _app.Services.GetRequiredService<StatusFeed>();
            await ListenAsync(options.StatusListen, async () => _page = await StatusServer.StartAsync(options.StatusListen, feed, configureLogging, _time));
            feed.Page = _page!.Address;
        }
        if (options.HealthListen.Length > 0)
        {
            var vitals = _app.Services.GetRequiredService<IVitals>();
            await ListenAsync(options.HealthListen, async () => _health = await HealthServer.StartAsync(options.HealthListen, vitals, configureLogging, _time));
        }
        Told(_app.Services.GetRequiredService<ILogger<CoordinatorApp>>(), Begins(_run.State, _journal.State.Outcome == Finish.Types.Outcome.Completed, options, Address));
        _looping = _run.RunAsync(_closing.Token);
        if (_addressFile is null) return;
        AddressFile.Write(_addressFile, Address.ToString().TrimEnd('/'));
        _announced = true;
    }

    private static async Task ListenAsync(string address, Func<Task> start)
    {
        try
        {
            await start();
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new CoordinatorStartException($"The coordinator cannot listen on {address}: the address is in use by another program. Stop that one (is it an earlier coordinator?), or choose another port; port 0 takes a free one.", e);
        }
        catch (Exception e) when (e is SocketException or IOException or InvalidOperationException or FormatException)
        {
            throw new CoordinatorStartException($"The coordinator cannot listen on {address}: {e.Message} Choose an address of this machine and a port that you may use.", e);
        }
    }
}
