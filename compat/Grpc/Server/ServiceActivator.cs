using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>Gives each call its service: from the container if registered there, else made and disposed for the call.</summary>
internal sealed class ServiceActivator<TService>
    where TService : class
{
    private readonly Lazy<ObjectFactory<TService>> _factory = new(() => ActivatorUtilities.CreateFactory<TService>([]));

    public Lease Create(IServiceProvider services) =>
        services.GetService<TService>() is { } registered ? new(registered, false) : new(_factory.Value(services, null), true);

    public readonly record struct Lease(TService Instance, bool Owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            if (Owned && Instance is IAsyncDisposable asynchronous)
            {
                return asynchronous.DisposeAsync();
            }

            if (Owned && Instance is IDisposable disposable)
            {
                disposable.Dispose();
            }

            return ValueTask.CompletedTask;
        }
    }
}
