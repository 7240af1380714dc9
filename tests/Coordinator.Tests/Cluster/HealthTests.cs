using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Lockstep.Node.Session;
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

    [Fact]
    public async Task HealthListen_BesideMutualTls_AnswersInPlain_ForHealthAlone()
    {
        using var identities = new TestIdentities();
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Listen = "https://127.0.0.1:0", Security = identities.Good, HealthListen = "http://127.0.0.1:0" });
        using var channel = GrpcChannel.ForAddress(cluster.App.HealthAddress!);

        foreach (var service in (string[])["", .. HealthServices.Names]) Assert.Equal(ServingStatus.Serving, await CheckAsync(channel, service));
        (string Service, string Name)[] others =
        [
            .. new[] { CoordinatorReflection.Descriptor, ReplicaReflection.Descriptor }.SelectMany(file => file.Services).SelectMany(service => service.Methods.Select(method => (service.FullName, method.Name))),
            (CollectiveMethods.ServiceName, nameof(CollectiveMethods.Exchange)),
        ];
        Assert.InRange(others.Length, 4, 100);
        foreach (var (service, name) in others) Assert.Equal(StatusCode.Unimplemented, await StatusOfAsync(channel, service, name));

        using var secured = CoordinatorChannel.Open(cluster.App.Address, TestIdentities.Load(identities.Good));
        Assert.Equal(StatusCode.OK, await StatusOfAsync(secured, "lockstep.v1.Coordinator", "GetStatus")); // it is there, behind the other door
        using var plain = GrpcChannel.ForAddress(new UriBuilder(cluster.App.Address) { Scheme = "http" }.Uri);
        await Assert.ThrowsAsync<RpcException>(() => CheckAsync(plain, ""));
    }

    [Fact]
    public async Task HealthListen_LargeQuestion_IsRefused_AndTheNextOneAnswered()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { HealthListen = "http://127.0.0.1:0" });
        using var channel = GrpcChannel.ForAddress(cluster.App.HealthAddress!);

        var refused = await Assert.ThrowsAsync<RpcException>(() => CheckAsync(channel, new string('x', 8 << 10)));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(ServingStatus.Serving, await CheckAsync(channel, HealthServices.Live));
    }

    [Fact]
    public async Task HealthListen_PortInUse_IsNamed()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = $"http://{other.LocalEndpoint}";

        var refused = await Assert.ThrowsAsync<CoordinatorStartException>(() => TestCluster.StartAsync(TestCluster.Options with { HealthListen = taken }));

        Assert.Contains($"cannot listen on {taken}", refused.Message);
    }

    [Theory]
    [InlineData("https://127.0.0.1:0")]
    [InlineData("7002")]
    public async Task HealthListen_NotPlainHttp_IsRefused(string address)
    {
        var refused = await Assert.ThrowsAsync<ValidationException>(() => TestCluster.StartAsync(TestCluster.Options with { HealthListen = address }));

        Assert.Contains($"HealthListen is '{address}'; an address such as http://127.0.0.1:7002 is expected.", refused.Message);
    }

    [Fact]
    public async Task HealthListen_Empty_NoPortIsOpened()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options);

        Assert.Null(cluster.App.HealthAddress);
    }

    // A message without fields is one of any type.
    private static async Task<StatusCode> StatusOfAsync(GrpcChannel channel, string service, string name)
    {
        var bytes = Marshallers.Create(static (byte[] message) => message, static message => message);
        try
        {
            await channel.CreateCallInvoker().AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, service, name, bytes, bytes), null, new CallOptions(), []).ResponseAsync.InTime();
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
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
