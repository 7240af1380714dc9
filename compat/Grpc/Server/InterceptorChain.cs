using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>The interceptors of one call around its handler; those not in the container are made for the call and disposed with it.</summary>
internal sealed class InterceptorChain(IReadOnlyList<InterceptorRegistration> registrations, IServiceProvider services) : IAsyncDisposable
{
    private readonly List<Interceptor> _owned = [];

    public UnaryServerMethod<TRequest, TResponse> Unary<TRequest, TResponse>(UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class =>
        Wrap(handler, static (interceptor, next) => (request, context) => interceptor.UnaryServerHandler(request, context, next));

    public ClientStreamingServerMethod<TRequest, TResponse> ClientStreaming<TRequest, TResponse>(
        ClientStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class =>
        Wrap(handler, static (interceptor, next) => (requests, context) => interceptor.ClientStreamingServerHandler(requests, context, next));

    public ServerStreamingServerMethod<TRequest, TResponse> ServerStreaming<TRequest, TResponse>(
        ServerStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class =>
        Wrap(handler, static (interceptor, next) =>
            (request, responses, context) => interceptor.ServerStreamingServerHandler(request, responses, context, next));

    public DuplexStreamingServerMethod<TRequest, TResponse> DuplexStreaming<TRequest, TResponse>(
        DuplexStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class =>
        Wrap(handler, static (interceptor, next) =>
            (requests, responses, context) => interceptor.DuplexStreamingServerHandler(requests, responses, context, next));

    public async ValueTask DisposeAsync()
    {
        foreach (var interceptor in _owned)
        {
            if (interceptor is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else if (interceptor is IDisposable disposable)
            {
                disposable.Dispose();
            }
        }
    }

    private THandler Wrap<THandler>(THandler handler, Func<Interceptor, THandler, THandler> around)
    {
        for (var i = registrations.Count - 1; i >= 0; i--)
        {
            handler = around(Create(registrations[i]), handler);
        }

        return handler;
    }

    private Interceptor Create(InterceptorRegistration registration)
    {
        if (registration.Arguments.Count == 0 && services.GetService(registration.Type) is Interceptor registered)
        {
            return registered;
        }

        var made = (Interceptor)ActivatorUtilities.CreateInstance(services, registration.Type, [.. registration.Arguments]);
        _owned.Add(made);
        return made;
    }
}
