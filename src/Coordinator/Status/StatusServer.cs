using System.Reflection;
using Lockstep.Protos.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Status;

/// <summary>
/// The status page on a port of its own, for browsers: it only reads. The page asks for nothing from elsewhere, and is kept
/// live by server-sent events.
/// </summary>
internal sealed class StatusServer : IAsyncDisposable
{
    private const int MostConnections = 256, MostViewers = 64, EventsAHistory = 30;
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static readonly TimeSpan EventInterval = TimeSpan.FromSeconds(1), HeadersTimeout = TimeSpan.FromSeconds(5), EndTime = TimeSpan.FromSeconds(1);
    private readonly WebApplication _app;
    private readonly StatusFeed _feed;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private Task _sampling = Task.CompletedTask;
    private int _viewers;

    private StatusServer(WebApplication app, StatusFeed feed, TimeProvider time) => (_app, _feed, _time) = (app, feed, time);

    /// <summary>Where it listens; with port 0 the port that was free.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The address cannot be listened on; other exceptions of Kestrel likewise.</exception>
    public static async Task<StatusServer> StartAsync(string listen, StatusFeed feed, Action<ILoggingBuilder> configureLogging, TimeProvider time)
    {
        var builder = BareHost.Create(listen, configureLogging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        });
        var server = new StatusServer(builder.Build(), feed, time);
        server.Map();
        try
        {
            await server._app.StartAsync();
        }
        catch
        {
            await server._app.DisposeAsync();
            throw;
        }
        server._sampling = feed.SampleAsync(server._closing.Token);
        return server;
    }

    /// <summary>Viewers get the last state, then the port is closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _sampling;
        using (var patience = new CancellationTokenSource(EndTime, _time)) await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers.CacheControl = "no-store";
            headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
        _app.MapGet("/", () => Results.Text(Asset("status.html"), "text/html; charset=utf-8"));
        _app.MapGet("/status.css", () => Results.Text(Asset("status.css"), "text/css; charset=utf-8"));
        _app.MapGet("/status.js", () => Results.Text(Asset("status.js"), "text/javascript; charset=utf-8"));
        _app.MapGet("/status.json", () => Results.Text(_feed.Status(), "application/json; charset=utf-8"));
        _app.MapGet("/history.json", () => Results.Text(_feed.History(), "application/json; charset=utf-8"));
        _app.MapGet("/events", FollowAsync);
    }

    private async Task FollowAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _viewers) > MostViewers)
        {
            Interlocked.Decrement(ref _viewers);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }
        try
        {
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            var begin = long.MaxValue;
            for (var count = 0; ; count++)
            {
                var last = _closing.IsCancellationRequested || _feed.Finished.IsCompleted;
                var reachesFurther = _feed.CurvesBegin < begin;
                if (reachesFurther) begin = _feed.CurvesBegin;
                if (count % EventsAHistory == 0 || reachesFurther || last) await SendAsync("history", _feed.History());
                await SendAsync("status", _feed.Status());
                if (last) return;
                await NextAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The viewer has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }

        async Task SendAsync(string name, string json)
        {
            await context.Response.WriteAsync($"event: {name}\ndata: {json}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    // A second later, or when the run or the coordinator ends.
    private async Task NextAsync(CancellationToken gone)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, _closing.Token);
        await Task.WhenAny(Task.Delay(EventInterval, _time, either.Token), _feed.Finished);
        gone.ThrowIfCancellationRequested();
    }

    private static string Asset(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
