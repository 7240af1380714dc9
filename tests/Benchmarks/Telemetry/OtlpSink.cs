using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lockstep.Benchmarks.Telemetry;

/// <summary>A collector that takes everything and keeps nothing.</summary>
internal sealed class OtlpSink(WebApplication app) : IAsyncDisposable
{
    private long _bytes, _requests;

    public string Address => app.Urls.Single();

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Requests => Interlocked.Read(ref _requests);

    public static async Task<OtlpSink> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var sink = new OtlpSink(app);
        app.MapPost("/v1/{signal}", (HttpRequest request) => sink.TakeAsync(request));
        await app.StartAsync();
        return sink;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpRequest request)
    {
        await request.Body.CopyToAsync(Stream.Null);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _bytes, request.ContentLength ?? 0);
    }
}
