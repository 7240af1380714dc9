using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.Server;

/// <summary>Makes an endpoint of each method that the generated code lists, served by the method of that name on the service.</summary>
internal sealed class ServiceBinder<TService> : ServiceBinderBase
    where TService : class
{
    private readonly IEndpointRouteBuilder _routes;
    private readonly Type _baseType;
    private readonly ILogger _logger;
    private readonly ServiceActivator<TService> _activator = new();
    private readonly List<IEndpointConventionBuilder> _endpoints = [];
    private readonly HashSet<string> _serviceNames = [];

    /// <param name="routes">Takes the endpoints.</param>
    /// <param name="baseType">The class that declares the service's methods: what the bind method asks for.</param>
    public ServiceBinder(IEndpointRouteBuilder routes, Type baseType)
    {
        _routes = routes;
        _baseType = baseType;
        _logger = routes.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(TService));
        var server = routes.ServiceProvider.GetRequiredService<IOptions<GrpcServiceOptions>>().Value;
        var service = routes.ServiceProvider.GetRequiredService<IOptions<GrpcServiceOptions<TService>>>().Value;
        Options = MethodOptions.Merge(server, service);
        AnswersUnknownServices = !(service.IgnoreUnknownServices ?? server.IgnoreUnknownServices ?? false);
    }

    public MethodOptions Options { get; }

    public bool AnswersUnknownServices { get; }

    public IReadOnlyList<IEndpointConventionBuilder> Endpoints => _endpoints;

    public IReadOnlyCollection<string> ServiceNames => _serviceNames;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Find<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>(method);
        Map(method, async (service, call) =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller).ConfigureAwait(false);
            var next = call.Interceptors.Unary<TRequest, TResponse>((received, context) => invoke(service, received, context));
            await call.WriteSingleAsync(await next(request, call).ConfigureAwait(false), method.ResponseMarshaller).ConfigureAwait(false);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Find<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>(method);
        Map(method, async (service, call) =>
        {
            var next = call.Interceptors.ClientStreaming<TRequest, TResponse>((requests, context) => invoke(service, requests, context));
            var requests = new ServerStreamReader<TRequest>(call, method.RequestMarshaller);
            await call.WriteSingleAsync(await next(requests, call).ConfigureAwait(false), method.ResponseMarshaller).ConfigureAwait(false);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Find<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Map(method, async (service, call) =>
        {
            var request = await call.ReadSingleAsync(method.RequestMarshaller).ConfigureAwait(false);
            var next = call.Interceptors.ServerStreaming<TRequest, TResponse>(
                (received, responses, context) => invoke(service, received, responses, context));
            await next(request, new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller), call).ConfigureAwait(false);
        });
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Find<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(method);
        Map(method, async (service, call) =>
        {
            var next = call.Interceptors.DuplexStreaming<TRequest, TResponse>(
                (requests, responses, context) => invoke(service, requests, responses, context));
            var requests = new ServerStreamReader<TRequest>(call, method.RequestMarshaller);
            await next(requests, new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller), call).ConfigureAwait(false);
        });
    }

    /// <summary>The service's method as an open delegate: its first argument is the service.</summary>
    private TDelegate Find<TDelegate>(IMethod method)
        where TDelegate : Delegate
    {
        var signature = typeof(TDelegate).GetGenericArguments();
        var found = typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, signature[1..^1]);
        return found is { IsVirtual: true } && found.GetBaseDefinition().DeclaringType == _baseType
            ? found.CreateDelegate<TDelegate>()
            : throw new InvalidOperationException(
                $"{typeof(TService)} has no public method '{method.Name}' that {_baseType} declares as virtual.");
    }

    private void Map(IMethod method, Func<TService, HttpServerCall, Task> serve)
    {
        var streams = method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming;
        RequestDelegate handle = http =>
        {
            var call = new HttpServerCall(http, Options, _logger);
            if (streams)
            {
                call.LiftBodyLimits();
            }

            return call.RunAsync(async running =>
            {
                await using var service = _activator.Create(http.RequestServices);
                await serve(service.Instance, running).ConfigureAwait(false);
            });
        };
        _serviceNames.Add(method.ServiceName);
        _endpoints.Add(_routes.MapMethods(method.FullName, [HttpMethods.Post], handle)
            .WithDisplayName($"gRPC - {method.FullName}")
            .WithMetadata(new GrpcMethodMetadata(typeof(TService), method)));
    }
}
