using System.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps gRPC services to endpoints.</summary>
public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Maps each method of the generated base class of <typeparamref name="TService"/> to the POST of its path; nothing where there is none.</summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var unimplemented = builder.ServiceProvider.GetService<UnimplementedEndpoints>() ?? throw new InvalidOperationException(
            "Unable to find the required services. Please add all the required services by calling " +
            "'IServiceCollection.AddGrpc' inside the call to 'ConfigureServices(...)' in the application startup code.");
        var bind = FindBindMethod(typeof(TService));
        var binder = new ServiceBinder<TService>(builder, bind?.GetParameters()[1].ParameterType ?? typeof(TService));
        try
        {
            bind?.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [binder, null], culture: null);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Error binding gRPC service '{typeof(TService).Name}'.", exception);
        }

        unimplemented.Map(builder, binder.ServiceNames, binder.Options, binder.AnswersUnknownServices);
        return new GrpcServiceEndpointConventionBuilder(binder.Endpoints);
    }

    private static MethodInfo? FindBindMethod(Type serviceType)
    {
        for (var type = serviceType; type is not null; type = type.BaseType)
        {
            if (type.GetCustomAttribute<BindServiceMethodAttribute>(inherit: false) is { } attribute)
            {
                return attribute.BindType.GetMethod(
                    attribute.BindMethodName, BindingFlags.Public | BindingFlags.Static, [typeof(ServiceBinderBase), type]);
            }
        }

        return null;
    }
}
