using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Lockstep.Protos.Security;

/// <summary>Who may come in: mutual TLS on every connection, the join token on every call.</summary>
public static class Door
{
    private const int Unauthenticated = 16; // of gRPC's status codes
    private const string Health = "/grpc.health.v1.Health";
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);
    private static readonly object Known = new();

    /// <summary>Mutual TLS on an endpoint. A connection that does not finish its handshake in 5 s is closed and counted.</summary>
    internal static void UseIdentity(this ListenOptions endpoint, Identity identity)
    {
        var refusals = endpoint.ApplicationServices.GetRequiredService<Refusals>();
        endpoint.Use(next => async connection =>
        {
            await next(connection);
            if (!connection.Items.ContainsKey(Known)) refusals.Note(RefusalKinds.Handshake, $"{connection.RemoteEndPoint}", "it did not finish the TLS handshake");
        });
        endpoint.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = HandshakeTimeout,
            OnConnection = context => ValueTask.FromResult(identity.ServerOptions(reason =>
            {
                context.Connection.Items[Known] = true; // counted here, with the reason
                refusals.Note(RefusalKinds.Handshake, $"{context.Connection.RemoteEndPoint}", reason);
            })),
        });
        endpoint.Use(next => connection =>
        {
            connection.Items[Known] = true;
            return next(connection);
        });
    }

    /// <summary>Turns calls away that do not bring the token. Health may be asked without.</summary>
    public static void UseJoinToken(this WebApplication app, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(identity);
        if (identity.Token.Length == 0) return;
        var refusals = app.Services.GetRequiredService<Refusals>();
        app.Use((context, next) =>
        {
            if (identity.Accepts(context.Request.Headers[TokenHandler.Header].ToString()) || context.Request.Path.StartsWithSegments(Health)) return next(context);
            refusals.Note(RefusalKinds.Token, $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}", "its call brought no join token, or a wrong one");
            context.Response.StatusCode = StatusCodes.Status200OK;
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = $"{Unauthenticated}";
            context.Response.Headers["grpc-message"] = "the join token is missing or wrong: Security:TokenFile must hold the coordinator's";
            return Task.CompletedTask;
        });
    }
}
