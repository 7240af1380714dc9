using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Lockstep.Protos;
using Xunit;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>The coordinator by the standard health service, as Kubernetes asks it.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Check_WhileWaitingForNodes_ServesEveryName()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        using var channel = GrpcChannel.ForAddress(cluster.App.Address);

        foreach (var service in (string[])["", .. HealthServices.Names]) Assert.Equal(ServingStatus.Serving, await CheckAsync(channel, service));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => CheckAsync(channel, "lockstep.nonsense"));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Check_AfterTheEnd_LivesButIsNotReady()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        using var channel = GrpcChannel.ForAddress(cluster.App.Address);

        cluster.App.RequestStop("the test has seen enough");
        await cluster.App.WaitAsync().InTime();

        Assert.Equal(ServingStatus.Serving, await CheckAsync(channel, HealthServices.Live));
        Assert.Equal(ServingStatus.NotServing, await CheckAsync(channel, HealthServices.Ready));
    }

    [Fact]
    public async Task Watch_RunEnds_TellsSoUnasked()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);
        using var channel = GrpcChannel.ForAddress(cluster.App.Address);
        using var watch = new Health.HealthClient(channel).Watch(new HealthCheckRequest { Service = HealthServices.Ready });

        await UntilAsync(watch, ServingStatus.Serving).InTime();
        cluster.App.RequestStop("the test has seen enough");
        await UntilAsync(watch, ServingStatus.NotServing).InTime();
    }

    private static async Task UntilAsync(AsyncServerStreamingCall<HealthCheckResponse> watch, ServingStatus status)
    {
        while (await watch.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (watch.ResponseStream.Current.Status == status) return;
        }
        Assert.Fail($"the watch ended before {status}");
    }

    private static async Task<ServingStatus> CheckAsync(GrpcChannel channel, string service) =>
        (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }).ResponseAsync.InTime()).Status;
}
