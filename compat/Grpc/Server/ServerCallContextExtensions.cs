using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

/// <summary>Reaches from a gRPC call to the HTTP request beneath.</summary>
public static class ServerCallContextExtensions
{
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        return serverCallContext is HttpServerCall call
            ? call.Http
            : serverCallContext.UserState.TryGetValue("__HttpContext", out var http)
                ? (HttpContext)http
                : throw new InvalidOperationException(
                    "Could not get HttpContext from ServerCallContext. " +
                    "HttpContext can only be accessed when gRPC services are hosted by ASP.NET Core.");
    }
}
