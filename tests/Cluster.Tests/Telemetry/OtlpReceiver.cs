using System.Collections.Concurrent;
using Google.Protobuf;
using Lockstep.Cluster.Tests.Telemetry.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lockstep.Cluster.Tests.Telemetry;

/// <summary>A collector of OTLP over HTTP that shares no code with the exporter: an endpoint of ASP.NET, and messages of our own.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<(string Service, string Instance, Metric Metric)> _metrics = new();
    private readonly ConcurrentQueue<(string Service, string Instance, LogRecord Record)> _logs = new();

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>What a process needs in its environment to export here, at short intervals.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _app.Urls.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100", // ms: little is lost with a process that is killed
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary>Spans of Lockstep's own source.</summary>
    public IEnumerable<ReceivedSpan> Own => _spans.Where(s => s.Scope == "Lockstep");

    public IReadOnlyCollection<(string Service, string Instance, Metric Metric)> Metrics => _metrics;

    public IReadOnlyCollection<(string Service, string Instance, LogRecord Record)> Logs => _logs;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", context => receiver.TakeAsync(context, TraceRequest.Parser, receiver.Note));
        app.MapPost("/v1/metrics", context => receiver.TakeAsync(context, MetricsRequest.Parser, receiver.Note));
        app.MapPost("/v1/logs", context => receiver.TakeAsync(context, LogsRequest.Parser, receiver.Note));
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync<T>(HttpContext context, MessageParser<T> parser, Action<T> note) where T : IMessage<T>
    {
        Assert.Equal("application/x-protobuf", context.Request.ContentType);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        note(parser.ParseFrom(body.ToArray()));
        context.Response.ContentType = "application/x-protobuf"; // an answer without fields: all was taken
    }

    private void Note(TraceRequest request)
    {
        foreach (var resource in request.ResourceSpans)
        {
            foreach (var scope in resource.ScopeSpans)
            {
                foreach (var span in scope.Spans) _spans.Enqueue(new(Of(resource.Resource, "service.name"), Of(resource.Resource, "service.instance.id"), scope.Scope.Name, span));
            }
        }
    }

    private void Note(MetricsRequest request)
    {
        foreach (var resource in request.ResourceMetrics)
        {
            foreach (var metric in resource.ScopeMetrics.Where(s => s.Scope.Name == "Lockstep").SelectMany(s => s.Metrics))
                _metrics.Enqueue((Of(resource.Resource, "service.name"), Of(resource.Resource, "service.instance.id"), metric));
        }
    }

    private void Note(LogsRequest request)
    {
        foreach (var resource in request.ResourceLogs)
        {
            foreach (var record in resource.ScopeLogs.SelectMany(s => s.Records))
                _logs.Enqueue((Of(resource.Resource, "service.name"), Of(resource.Resource, "service.instance.id"), record));
        }
    }

    private static string Of(Resource resource, string key) => resource.Attributes.Single(a => a.Key == key).Value.StringValue;
}
