using System.Globalization;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests.Interop;

/// <summary>grpcio's client calls our server.</summary>
public class GrpcioClientTests
{
    [Theory]
    [InlineData("unary")]
    [InlineData("client_streaming")]
    [InlineData("server_streaming")]
    [InlineData("duplex")]
    [InlineData("error")]
    [InlineData("deadline")]
    [InlineData("unimplemented")]
    [InlineData("metadata")]
    [InlineData("large")]
    [InlineData("gzip")]
    [InlineData("cancel")]
    [InlineData("health")]
    public async Task GrpcioClient_AgainstOurServer(string check)
    {
        await Grpcio.RequireAsync();
        var handlers = new Handlers
        {
            Say = async (request, context) =>
            {
                switch (request.Text)
                {
                    case "fail":
                        throw new RpcException(
                            new Status(StatusCode.FailedPrecondition, "100 % Grüße, 世界"), new Metadata { { "x-why", "because" } });
                    case "hang":
                        await Task.Delay(Timeout.Infinite, context.CancellationToken);
                        break;
                    case "metadata":
                        var (text, raw) = (context.RequestHeaders.GetValue("x-text")!, context.RequestHeaders.GetValueBytes("x-raw-bin")!);
                        await context.WriteResponseHeadersAsync(new Metadata { { "x-text", text }, { "x-raw-bin", raw } });
                        context.ResponseTrailers.Add("x-tail", text);
                        context.ResponseTrailers.Add("x-tail-bin", raw);
                        break;
                }

                return request;
            },
        };
        await using var host = await EchoHost.StartAsync(
            handlers,
            options => options.MaxReceiveMessageSize = null,
            services: services => services.AddGrpcHealthChecks().AddCheck("up", () => HealthCheckResult.Healthy()),
            map: app => app.MapGrpcHealthChecksService());
        var port = host.Port.ToString(CultureInfo.InvariantCulture);
        var (exitCode, output) = await Grpcio.RunAsync(Grpcio.Script("peer_client.py"), port, check);
        Assert.True(exitCode == 0, $"peer_client.py {check} exited with {exitCode}:\n{output}");
    }
}
