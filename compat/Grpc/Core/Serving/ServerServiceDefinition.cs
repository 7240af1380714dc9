namespace Grpc.Core;

/// <summary>The methods of a service with their handlers.</summary>
public class ServerServiceDefinition
{
    private readonly IReadOnlyList<Action<ServiceBinderBase>> _addMethods;

    private ServerServiceDefinition(IReadOnlyList<Action<ServiceBinderBase>> addMethods) => _addMethods = addMethods;

    public static Builder CreateBuilder() => new();

    internal void BindService(ServiceBinderBase serviceBinder)
    {
        foreach (var addMethod in _addMethods)
        {
            addMethod(serviceBinder);
        }
    }

    /// <summary>Collects the methods of one definition.</summary>
    public class Builder
    {
        private readonly Dictionary<string, Action<ServiceBinderBase>> _addMethods = [];

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class
        {
            _addMethods.Add(method.FullName, binder => binder.AddMethod(method, handler));
            return this;
        }

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class
        {
            _addMethods.Add(method.FullName, binder => binder.AddMethod(method, handler));
            return this;
        }

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class
        {
            _addMethods.Add(method.FullName, binder => binder.AddMethod(method, handler));
            return this;
        }

        public Builder AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
            where TRequest : class
            where TResponse : class
        {
            _addMethods.Add(method.FullName, binder => binder.AddMethod(method, handler));
            return this;
        }

        public ServerServiceDefinition Build() => new([.. _addMethods.Values]);
    }
}
