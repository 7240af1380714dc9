using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

/// <summary>Answers gRPC calls that no service implements, so that clients see Unimplemented and not a bare 404.</summary>
internal sealed class UnimplementedEndpoints(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger<UnimplementedEndpoints>();
    private readonly HashSet<string> _mapped = [];

    public void Map(IEndpointRouteBuilder routes, IEnumerable<string> services, MethodOptions options, bool unknownServices)
    {
        foreach (var service in services)
        {
            MapOnce(routes, service, "Method is unimplemented.", options);
        }

        if (unknownServices)
        {
            MapOnce(routes, "{unimplementedService}", "Service is unimplemented.", options);
        }
    }

    private void MapOnce(IEndpointRouteBuilder routes, string service, string detail, MethodOptions options)
    {
        if (!_mapped.Add(service))
        {
            return;
        }

        var pattern = RoutePatternFactory.Parse($"{service}/{{unimplementedMethod:{GrpcRequestConstraint.Name}}}");
        RequestDelegate answer = http => new HttpServerCall(http, options, _logger).RunAsync(
            _ => throw new RpcException(new Status(StatusCode.Unimplemented, detail)));
        routes.Map(pattern, answer).WithDisplayName($"gRPC - {detail}").Add(endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
    }
}
