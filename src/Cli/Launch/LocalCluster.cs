using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;
using Lockstep.Protos;

namespace Lockstep.Cli.Launch;

/// <summary>A coordinator and N nodes as processes of this machine, sharing its cores.</summary>
internal sealed class LocalCluster(TrainingRecipe recipe, int nodes)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private volatile bool _stopping;

    /// <summary>Runs to the end. Ctrl-C and SIGTERM end the run at its next step boundary; a second one ends it at once.</summary>
    /// <returns>0 completed, 130 stopped on request, 1 failed.</returns>
    public async Task<int> RunAsync(ProgressLine progress)
    {
        Directory.CreateDirectory(recipe.Run.Folder);
        var launch = Path.Combine(recipe.Run.Folder, "launch.json");
        await File.WriteAllTextAsync(launch, recipe.Json);
        using var log = new RunLog(Path.Combine(recipe.Run.Folder, "lockstep.log"));
        var addressFile = Path.Combine(recipe.Run.Folder, "coordinator.address");
        File.Delete(addressFile);

        var children = new List<ChildProcess>();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => RequestStop(s, children, progress));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => RequestStop(s, children, progress));
        try
        {
            var coordinator = Start("coordinator",
                ["coordinator", launch, "--address-file", addressFile, $"Cluster:Nodes={nodes}", "Cluster:Listen=http://127.0.0.1:0"], children, log);
            if (await AddressAsync(coordinator, addressFile) is not { } address) return Failed(children, progress);
            var lanes = recipe.Node.Lanes > 0 ? recipe.Node.Lanes : Math.Max(1, Environment.ProcessorCount / nodes);
            var workers = Enumerable.Range(0, nodes).Select(i => Start($"node-{i}",
                ["node", launch, $"Node:Name=node-{i}", $"Node:Coordinator={address}", $"Node:Lanes={lanes}"], children, log)).ToList();
            await FollowAsync(address, coordinator, workers, progress);
            await Task.WhenAll(children.Select(c => c.WaitAsync()));
            if (children.Any(c => c.ExitCode != 0)) return Failed(children, progress);
            progress.End(MetricsLog.Read(recipe.Run.Folder).LastOrDefault(), _stopping ? "stopped; run the same command again to resume" : null);
            return _stopping ? 130 : 0;
        }
        finally
        {
            lock (children) foreach (var child in children) child.Dispose();
        }
    }

    private static ChildProcess Start(string name, IEnumerable<string> arguments, List<ChildProcess> children, RunLog log)
    {
        var child = new ChildProcess(name, arguments, log.Write);
        lock (children) children.Add(child);
        return child;
    }

    private static async Task<string?> AddressAsync(ChildProcess coordinator, string addressFile)
    {
        var deadline = DateTimeOffset.UtcNow + StartTimeout;
        while (!coordinator.HasExited && DateTimeOffset.UtcNow < deadline)
        {
            if (File.Exists(addressFile)) return (await File.ReadAllTextAsync(addressFile)).Trim();
            await Task.Delay(50);
        }
        return null;
    }

    // The coordinator knows the progress; a child that dies before it has greeted is noticed here.
    private static async Task FollowAsync(string address, ChildProcess coordinator, List<ChildProcess> workers, ProgressLine progress)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new Protos.Coordinator.CoordinatorClient(channel);
        while (!coordinator.HasExited)
        {
            try
            {
                var status = await client.GetStatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(5));
                progress.Show(status);
                if (status.Phase == "waiting" && workers.Any(w => w.HasExited)) coordinator.AskToStop();
            }
            catch (RpcException)
            {
                // It is on its way out, or busy; its exit ends the loop.
            }
            await Task.Delay(PollInterval);
        }
    }

    private void RequestStop(PosixSignalContext signal, List<ChildProcess> children, ProgressLine progress)
    {
        if (_stopping) return; // the second one takes its default course: at once
        signal.Cancel = true;
        _stopping = true;
        progress.Note("stopping at the next step boundary; once more to stop at once");
        lock (children) foreach (var child in children) child.AskToStop();
    }

    private int Failed(List<ChildProcess> children, ProgressLine progress)
    {
        progress.End(MetricsLog.Read(recipe.Run.Folder).LastOrDefault(), null);
        List<string> errors;
        lock (children) errors = [.. children.SelectMany(c => c.Errors).Where(l => l.Length > 0).Distinct()];
        foreach (var line in errors.TakeLast(8)) Console.Error.WriteLine(line);
        lock (children)
        {
            foreach (var child in children.Where(c => c.HasExited && c.ExitCode > 128))
                Console.Error.WriteLine($"error: {child.Name} was ended by signal {child.ExitCode - 128}");
        }
        Console.Error.WriteLine($"The whole log is {Path.Combine(recipe.Run.Folder, "lockstep.log")}. What was committed is kept; run the same command again to resume.");
        return 1;
    }
}
