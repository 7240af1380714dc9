using Grpc.Core;
using Grpc.Health.V1;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Lockstep.Compat.Grpc.Tests;

/// <summary>The standard health service over ASP.NET Core's health checks.</summary>
public class HealthTests
{
    private HealthCheckResult _disk = HealthCheckResult.Healthy();

    [Fact]
    public async Task Check_AllChecksPass_IsServing()
    {
        await using var host = await StartAsync();
        Assert.Equal(ServingStatus.Serving, await CheckAsync(host, ""));
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, ServingStatus.Serving)]
    [InlineData(HealthStatus.Degraded, ServingStatus.Serving)]
    [InlineData(HealthStatus.Unhealthy, ServingStatus.NotServing)]
    public async Task Check_OneOfTwoChecks_DecidesTheWhole(HealthStatus disk, ServingStatus expected)
    {
        await using var host = await StartAsync();
        _disk = new HealthCheckResult(disk);
        Assert.Equal(expected, await CheckAsync(host, ""));
    }

    [Fact]
    public async Task Check_ServiceNeverMapped_IsNotFound()
    {
        await using var host = await StartAsync();
        var failure = await Within.FailsAsync(Client(host).CheckAsync(new HealthCheckRequest { Service = "nobody" }));
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    [Fact]
    public async Task Check_WithoutAnyRegisteredCheck_IsNotServing()
    {
        await using var host = await EchoHost.StartAsync(
            services: services => services.AddGrpcHealthChecks(), map: app => app.MapGrpcHealthChecksService());
        Assert.Equal(ServingStatus.Unknown, await CheckAsync(host, ""));
    }

    [Fact]
    public async Task Check_MappedService_SeesItsOwnChecksOnly()
    {
        await using var host = await StartAsync();
        _disk = HealthCheckResult.Unhealthy();
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(host, "store"));
        Assert.Equal(ServingStatus.Serving, await CheckAsync(host, "wire"));
    }

    [Fact]
    public async Task Watch_KnownService_StartsWithItsStatus()
    {
        await using var host = await StartAsync();
        using var call = Client(host).Watch(new HealthCheckRequest());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(ServingStatus.Serving, call.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Watch_UnknownService_StaysOpenWithServiceUnknown()
    {
        await using var host = await StartAsync();
        using var call = Client(host).Watch(new HealthCheckRequest { Service = "nobody" });
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        Assert.Equal(ServingStatus.ServiceUnknown, call.ResponseStream.Current.Status);
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
    }

    [Fact]
    public async Task Watch_ServerStops_EndsWithNotServing()
    {
        await using var host = await StartAsync();
        using var call = Client(host).Watch(new HealthCheckRequest());
        Assert.True(await call.ResponseStream.MoveNext().InTime());
        var rest = call.ResponseStream.ToListAsync();
        await host.StopAsync();
        Assert.Equal(ServingStatus.NotServing, (await rest.InTime())[^1].Status);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    private static Health.HealthClient Client(EchoHost host) => new(host.Channel);

    private static async Task<ServingStatus> CheckAsync(EchoHost host, string service) =>
        (await Client(host).CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.InTime()).Status;

    private Task<EchoHost> StartAsync() => EchoHost.StartAsync(
        services: services => services
            .AddGrpcHealthChecks(options =>
            {
                options.Services.Map("store", check => check.Name == "disk");
                options.Services.Map("wire", check => check.Tags.Contains("net"));
            })
            .AddCheck("disk", () => _disk)
            .AddCheck("link", () => HealthCheckResult.Healthy(), ["net"]),
        map: app => app.MapGrpcHealthChecksService());
}
