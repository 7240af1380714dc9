using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Reduce;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Hosting;

/// <summary>Puts the coordinator's services on Kestrel, tuned for few long streams of large messages.</summary>
internal static class CoordinatorHost
{
    private const int WindowBytes = 8 << 20, ResponseBufferBytes = 4 << 20, ChunkHeaderBytes = 1024;

    public static WebApplication Build(CoordinatorOptions options, IJournal journal, Action<ILoggingBuilder> configureLogging, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(CoordinatorHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.Sources.Clear(); // nothing but the options decides: no ASPNETCORE_URLS, no appsettings.json
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        configureLogging(builder.Logging);

        builder.WebHost.UseUrls(options.Listen);
        builder.WebHost.ConfigureKestrel(Tune);
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockMemoryPool.Factory>();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(journal).AddSingleton(RunStart.From(journal, options));
        builder.Services.AddSingleton<SessionTable>();
        builder.Services.AddSingleton<ReduceHub>();
        builder.Services.AddSingleton<RunLoop>();
        builder.Services.AddGrpc().AddServiceOptions<HubReducer>(grpc => grpc.MaxReceiveMessageSize = options.SliceFloats * sizeof(float) + ChunkHeaderBytes);
        builder.Services.AddGrpcHealthChecks().AddCheck<RunHealth>("run");

        var app = builder.Build();
        app.MapGrpcService<CoordinatorService>();
        app.MapGrpcService<HubReducer>();
        app.MapGrpcHealthChecksService();
        return app;
    }

    private static void Tune(KestrelServerOptions kestrel)
    {
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = WindowBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = WindowBytes;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}
