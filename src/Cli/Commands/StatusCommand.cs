using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Lockstep.Cli.Status;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep status and lockstep watch: a run in a terminal.</summary>
internal static class StatusCommand
{
    private const int ManyNodes = 4096, ManyFaults = 20, LinesAroundNodes = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), Pause = TimeSpan.FromSeconds(1);
    private static readonly string[] Ended = ["completed", "stopped", "failed"];

    public static Command CreateStatus()
    {
        var run = Run();
        var security = new SecurityArguments();
        var json = new Option<bool>("--json") { Description = "Prints RunStatus as JSON (64-bit integers are strings)." };
        var command = new Command("status", """
            Says how a run is doing: progress, nodes, faults. It is asked of the coordinator.

            Examples:
              lockstep status runs/mine
              lockstep status http://10.0.0.1:7000 --json
              lockstep status https://10.0.0.1:7000 --ca ca.pem --certificate me.pem --key me.key
            """) { run, json };
        security.AddTo(command);
        command.SetAction(async (parsed, ct) =>
        {
            var address = RunAddress.Of(parsed.GetValue(run)!);
            using var channel = CoordinatorChannel.Open(address, security.Load(parsed));
            var status = await AskAsync(new(channel), address, ct);
            Console.Write(parsed.GetValue(json) ? new JsonFormatter(JsonFormatter.Settings.Default.WithFormatDefaultValues(true)).Format(status) + "\n" : StatusText.Of(status, ManyNodes, ManyFaults));
            return 0;
        });
        return command;
    }

    public static Command CreateWatch()
    {
        var run = Run();
        var security = new SecurityArguments();
        var command = new Command("watch", """
            Shows how a run is doing, every second, until it ends or Ctrl-C. While the coordinator is away it is waited for.

            Examples:
              lockstep watch runs/mine
              lockstep watch http://10.0.0.1:7000
            """) { run };
        security.AddTo(command);
        command.SetAction(async (parsed, ct) => await WatchAsync(RunAddress.Of(parsed.GetValue(run)!), security.Load(parsed), ct));
        return command;
    }

    private static Argument<string> Run() => new("RUN") { Description = "The coordinator's address, or the folder of a run of this machine." };

    private static async Task<int> WatchAsync(Uri address, Identity identity, CancellationToken ct)
    {
        using var channel = CoordinatorChannel.Open(address, identity);
        var client = new ControlPlane.CoordinatorClient(channel);
        var status = await AskAsync(client, address, ct);
        while (true)
        {
            Show(StatusText.Of(status, Rows() - LinesAroundNodes, LinesAroundNodes / 3));
            if (Ended.Contains(status.Phase)) return 0;
            await Task.Delay(Pause, ct);
            try
            {
                status = await AskAsync(client, address, ct);
            }
            catch (IOException e)
            {
                Console.WriteLine($"{e.Message}; waiting for it, Ctrl-C ends this");
            }
        }
    }

    private static int Rows() => Console.IsOutputRedirected ? ManyNodes : Math.Max(LinesAroundNodes + 4, Console.WindowHeight);

    // A terminal shows the newest alone, anything else gets one after the other.
    private static void Show(string text) => Console.Write(Console.IsOutputRedirected ? text + "\n" : "\u001b[H\u001b[2J" + text);

    private static async Task<RunStatus> AskAsync(ControlPlane.CoordinatorClient client, Uri address, CancellationToken ct)
    {
        try
        {
            return await client.GetStatusAsync(new StatusRequest(), deadline: DateTime.UtcNow + Patience, cancellationToken: ct);
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            throw new IOException($"no coordinator answers at {address} ({e.Status.Detail.TrimEnd('.')}). Is the address right, and does the run still go on?{(address.Scheme == Uri.UriSchemeHttps ? " A run with certificates is asked with --ca, --certificate, --key and --token-file." : "")}", e);
        }
    }
}
