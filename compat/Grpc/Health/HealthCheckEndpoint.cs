using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Grpc.AspNetCore.HealthChecks;

/// <summary>
/// The mapped service: runs the checks of the service asked for, or answers from the last report; ends watches when
/// the application stops.
/// </summary>
internal sealed class HealthCheckEndpoint(
    HealthServiceImpl published,
    HealthCheckService checks,
    IOptions<GrpcHealthChecksOptions> options,
    IOptions<HealthCheckOptions> checkOptions,
    IHostApplicationLifetime lifetime) : Health.V1.Health.HealthBase
{
    public override async Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        options.Value.UseHealthChecksCache
            ? await published.Check(request, context).ConfigureAwait(false)
            : await RunChecksAsync(request.Service, context.CancellationToken).ConfigureAwait(false)
                ?? throw new RpcException(new Status(StatusCode.NotFound, ""));

    public override async Task Watch(
        HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var stop = options.Value.SuppressCompletionOnShutdown
            ? CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken)
            : CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var responses = options.Value.UseHealthChecksCache
            ? responseStream
            : new FirstFreshWriter(responseStream, async () =>
                await RunChecksAsync(request.Service, stop.Token).ConfigureAwait(false)
                ?? new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown });
        await published.Watch(request, responses, new StoppableCallContext(context, stop.Token)).ConfigureAwait(false);
        if (!context.CancellationToken.IsCancellationRequested && lifetime.ApplicationStopping.IsCancellationRequested)
        {
            var stopped = new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.NotServing };
            await responseStream.WriteAsync(stopped).ConfigureAwait(false);
        }
    }

    /// <summary>Null for a service name that has no mapping.</summary>
    private async Task<HealthCheckResponse?> RunChecksAsync(string service, CancellationToken cancellationToken)
    {
        if (options.Value.Services.Find(service) is not { } mapping)
        {
            return null;
        }

        var report = await checks.CheckHealthAsync(
            check => (checkOptions.Value.Predicate?.Invoke(check) ?? true)
                && (mapping.HealthCheckPredicate?.Invoke(new HealthCheckMapContext(check.Name, check.Tags)) ?? true),
            cancellationToken).ConfigureAwait(false);
        return new HealthCheckResponse { Status = ServingStatusOf.Entries(report.Entries.Values) };
    }

    /// <summary>Replaces the first answer, which may be old or missing before the first report, by a fresh one.</summary>
    private sealed class FirstFreshWriter(
        IServerStreamWriter<HealthCheckResponse> inner, Func<Task<HealthCheckResponse>> fresh) : IServerStreamWriter<HealthCheckResponse>
    {
        private bool _started;

        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public async Task WriteAsync(HealthCheckResponse message)
        {
            var response = _started ? message : await fresh().ConfigureAwait(false);
            _started = true;
            await inner.WriteAsync(response).ConfigureAwait(false);
        }
    }
}
