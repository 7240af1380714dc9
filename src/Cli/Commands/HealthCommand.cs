using System.CommandLine;
using Grpc.Core;
using Grpc.Health.V1;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep health: asks a coordinator or a node how it is, as a probe of Docker or Kubernetes does.</summary>
internal static class HealthCommand
{
    public static Command Create()
    {
        var address = new Argument<string>("ADDRESS") { Description = "Where it listens (Cluster:Listen, Node:Listen, or HealthListen of either), e.g. http://127.0.0.1:7000." };
        var service = new Option<string>("--service") { Description = $"What to ask for: {string.Join(", ", HealthServices.Names)}; empty: {HealthServices.Live}.", DefaultValueFactory = _ => "" };
        var timeout = new Option<double>("--timeout") { Description = "Seconds to wait for the answer.", DefaultValueFactory = _ => 3 };
        var security = new SecurityArguments();
        timeout.Require(seconds => seconds is > 0 and <= 3600, "--timeout wants seconds between 0 and 3600");
        address.Validators.Add(result =>
        {
            if (AddressOf(result.GetValueOrDefault<string>()) is null)
                result.AddError($"ADDRESS is '{result.GetValueOrDefault<string>()}'; write it with scheme and port, e.g. http://127.0.0.1:7000");
        });
        var command = new Command("health", """
            Asks a coordinator or a node whether it has begun (lockstep.startup), is alive (lockstep.live) or takes part
            (lockstep.ready), by the standard service grpc.health.v1.Health. Exit status 0: it says yes, 1: no, or no answer.

            Examples:
              lockstep health http://127.0.0.1:7000
              lockstep health http://127.0.0.1:7001 --service lockstep.ready
            """) { address, service, timeout };
        security.AddTo(command);
        command.SetAction((parsed, ct) => AskAsync(
            AddressOf(parsed.GetValue(address))!, parsed.GetValue(service)!, TimeSpan.FromSeconds(parsed.GetValue(timeout)), security.Load(parsed), ct));
        return command;
    }

    private static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) ? address : null;

    private static async Task<int> AskAsync(Uri address, string service, TimeSpan timeout, Identity identity, CancellationToken ct)
    {
        using var channel = CoordinatorChannel.Open(address, identity);
        var name = service.Length > 0 ? service : HealthServices.Live;
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service }, deadline: DateTime.UtcNow + timeout, cancellationToken: ct);
            if (answer.Status == HealthCheckResponse.Types.ServingStatus.Serving)
            {
                Console.WriteLine($"{address} {name}: serving");
                return 0;
            }
            Console.Error.WriteLine($"error: {address} {name}: not serving; its log says why");
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            Console.Error.WriteLine($"error: {address} knows no service '{service}'; a coordinator or node of Lockstep has {string.Join(", ", HealthServices.Names)}");
        }
        catch (RpcException e)
        {
            Console.Error.WriteLine($"error: {address} does not answer ({e.StatusCode}: {e.Status.Detail}). Does a coordinator or a node listen there?");
        }
        return 1;
    }
}
