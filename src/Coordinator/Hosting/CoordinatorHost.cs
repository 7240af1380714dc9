using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Reduce;
using Lockstep.Coordinator.Status;
using Lockstep.Coordinator.Telemetry;
using Lockstep.Protos;
using Lockstep.Protos.Hosting;
using Lockstep.Protos.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lockstep.Coordinator.Hosting;

/// <summary>Puts the coordinator's services on Kestrel, tuned for few long streams of large messages.</summary>
internal static class CoordinatorHost
{
    public static WebApplication Build(CoordinatorOptions options, IJournal journal, Identity identity, Action<ILoggingBuilder> configureLogging, TimeProvider time)
    {
        var builder = BareHost.Create(options.Listen, configureLogging);
        builder.WebHost.UseExchange(identity);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        builder.Services.AddSingleton(time).AddSingleton(options);
        builder.Services.AddSingleton(journal).AddSingleton(RunStart.From(journal, options));
        builder.Services.AddSingleton<SessionTable>();
        builder.Services.AddSingleton<ReduceHub>().AddSingleton<RunTelemetry>();
        builder.Services.AddSingleton<RunLoop>();
        builder.Services.AddSingleton<StatusFeed>();
        builder.Services.AddGrpc().AddServiceOptions<HubReducer>(grpc => grpc.MaxReceiveMessageSize = ExchangeHosting.MaxMessageBytes(options.SliceFloats));
        builder.Services.AddSingleton<IVitals, RunVitals>().AddHealthServices();

        var app = builder.Build();
        app.UseJoinToken(identity);
        app.MapGrpcService<CoordinatorService>();
        app.MapGrpcService<HubReducer>();
        app.MapGrpcHealthChecksService();
        return app;
    }
}
