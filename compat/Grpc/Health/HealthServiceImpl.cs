using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Grpc.HealthCheck;

/// <summary>A health service that answers what it was last told. Thread-safe.</summary>
public class HealthServiceImpl : Health.V1.Health.HealthBase
{
    // A slow watcher loses the oldest changes, never the latest.
    private const int MaxPendingStatuses = 5;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServingStatus> _statuses = [];
    private readonly List<Watcher> _watchers = [];

    public void SetStatus(string service, ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_lock)
        {
            var previous = StatusOf(service);
            _statuses[service] = status;
            NotifyIfChanged(service, previous);
        }
    }

    public void ClearStatus(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (_lock)
        {
            var previous = StatusOf(service);
            _statuses.Remove(service);
            NotifyIfChanged(service, previous);
        }
    }

    public void ClearAll()
    {
        lock (_lock)
        {
            foreach (var service in _statuses.Keys.ToArray())
            {
                ClearStatus(service);
            }
        }
    }

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        lock (_lock)
        {
            return _statuses.TryGetValue(request.Service, out var status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(new Status(StatusCode.NotFound, ""));
        }
    }

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var changes = Channel.CreateBounded<ServingStatus>(
            new BoundedChannelOptions(MaxPendingStatuses) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });
        var watcher = new Watcher(request.Service, changes.Writer);
        using var cancellation = context.CancellationToken.Register(() => changes.Writer.TryComplete());
        lock (_lock)
        {
            changes.Writer.TryWrite(StatusOf(request.Service));
            _watchers.Add(watcher);
        }

        try
        {
            await foreach (var status in changes.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(watcher);
            }
        }
    }

    private ServingStatus StatusOf(string service) => _statuses.GetValueOrDefault(service, ServingStatus.ServiceUnknown);

    private void NotifyIfChanged(string service, ServingStatus previous)
    {
        var status = StatusOf(service);
        if (status == previous)
        {
            return;
        }

        foreach (var watcher in _watchers.Where(watcher => watcher.Service == service))
        {
            watcher.Changes.TryWrite(status);
        }
    }

    private sealed class Watcher(string service, ChannelWriter<ServingStatus> changes)
    {
        public string Service { get; } = service;

        public ChannelWriter<ServingStatus> Changes { get; } = changes;
    }
}
