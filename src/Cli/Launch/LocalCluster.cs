using System.Runtime.InteropServices;
using Grpc.Core;
using Lockstep.Cli.Status;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Cli.Launch;

/// <summary>A coordinator and N nodes as processes of this machine, sharing its cores.</summary>
internal sealed class LocalCluster(TrainingRecipe recipe, int nodes)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan NodeGrace = TimeSpan.FromSeconds(20); // a last checkpoint is written in it
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5); // a coordinator whose run is over ends by itself in it
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);
    private const int WouldBlock = 11; // EWOULDBLOCK: somebody holds the lock
    private volatile bool _stopping;
    private readonly HashSet<string> _told = [];
    private readonly int _needed = Math.Min(recipe.Cluster.MinNodes, nodes);
    private bool _begun, _gaveUp;
    private long _totalSteps;
    private DateTimeOffset? _alone; // since when too few nodes are left

    /// <summary>Runs to the end. Ctrl-C and SIGTERM end the run at its next step boundary; a second one ends it at once.</summary>
    /// <returns>0 completed, 130 stopped on request, 1 failed.</returns>
    public async Task<int> RunAsync(ProgressLine progress)
    {
        using var held = Hold(Path.Combine(recipe.Run.Folder, "launch.lock"));
        var launch = Path.Combine(recipe.Run.Folder, "launch.json");
        await File.WriteAllTextAsync(launch, recipe.Json);
        using var log = new RunLog(Path.Combine(recipe.Run.Folder, "lockstep.log"));
        var addressFile = Path.Combine(recipe.Run.Folder, RunAddress.FileName);
        File.Delete(addressFile);
        // The folder's checkpoints are this run's, also when its journal was deleted or is of a time before journals: --adopt.
        var journal = Path.Combine(recipe.Run.Folder, "coordinator");

        var page = recipe.Cluster.StatusListen.Length > 0 ? recipe.Cluster.StatusListen : "http://127.0.0.1:0";

        var children = new List<ChildProcess>();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => RequestStop(s, children, progress));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => RequestStop(s, children, progress));
        try
        {
            var coordinator = Start("coordinator",
                ["coordinator", launch, "--address-file", addressFile, "--journal", journal, "--adopt", $"Cluster:Nodes={nodes}", $"Cluster:MinNodes={_needed}", "Cluster:OnTerminate=stop", $"Cluster:Listen={recipe.Security.Scheme}://127.0.0.1:0", $"Cluster:StatusListen={page}", "Cluster:HealthListen="], children, log);
            if (await AddressAsync(coordinator, addressFile) is { } address)
            {
                var onGpu = DeviceName.Parse(recipe.Node.Device) is { IsCuda: true };
                var lanes = recipe.Node.Lanes > 0 ? recipe.Node.Lanes : onGpu ? 1 : Math.Max(1, Environment.ProcessorCount / nodes);
                var workers = recipe.Data.Workers > 0 ? recipe.Data.Workers : Math.Max(1, Environment.ProcessorCount / nodes);
                for (var i = 0; i < nodes && !_stopping; i++)
                    Start($"node-{i}", ["node", launch, $"Node:Name=node-{i}", $"Node:Device={DeviceName.OfNode(recipe.Node.Device, i, () => CudaMachine.Look().Count)}", $"Node:Coordinator={address}", $"Node:Listen={recipe.Security.Scheme}://127.0.0.1:0", "Node:Advertise=", "Node:HealthListen=", $"Node:Lanes={lanes}", $"Data:Workers={workers}"], children, log);
                await FollowAsync(address, children, progress);
            }
            else coordinator.AskToStop();
            await coordinator.WaitAsync();
            // Nodes hear of the end from it; one that did not would go on dialling.
            var nodesEnd = Task.WhenAll(children.Select(c => c.WaitAsync()));
            if (await Task.WhenAny(nodesEnd, Task.Delay(NodeGrace)) != nodesEnd) children.ForEach(c => c.AskToStop());
            if (await Task.WhenAny(nodesEnd, Task.Delay(NodeGrace)) != nodesEnd) children.ForEach(c => c.Kill());
            await nodesEnd;
            return Conclude(children, progress);
        }
        finally
        {
            lock (children) foreach (var child in children) child.Dispose();
        }
    }

    // One launcher a folder: a second one would write over the first one's files.
    private FileStream Hold(string path)
    {
        try
        {
            Directory.CreateDirectory(recipe.Run.Folder);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new IOException($"another run uses the folder '{recipe.Run.Folder}'. Wait for it, or give this one its own folder with Run:Folder=...", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the run folder '{recipe.Run.Folder}' cannot be written: {e.Message.TrimEnd('.')}. Choose another with Run:Folder=...", e);
        }
    }

    private ChildProcess Start(string name, IEnumerable<string> arguments, List<ChildProcess> children, RunLog log)
    {
        var child = new ChildProcess(name, arguments, log.Write);
        lock (children) children.Add(child);
        if (_stopping) child.AskToStop(); // the request came between its start and the list
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

    // The coordinator knows the progress. A node that ends before the run has begun ends the wait for it; later the run goes
    // on with the others, until none is left.
    private async Task FollowAsync(string address, List<ChildProcess> children, ProgressLine progress)
    {
        using var channel = CoordinatorChannel.Open(new Uri(address), Identity.Load(recipe.Security, TimeProvider.System, NullLogger.Instance));
        var client = new Protos.Coordinator.CoordinatorClient(channel);
        while (!children[0].HasExited)
        {
            try
            {
                var status = await client.GetStatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(5));
                _begun |= status.Phase != "waiting";
                _totalSteps = Math.Max(_totalSteps, status.TotalSteps);
                if (status.StatusPage.Length > 0 && _told.Add(status.StatusPage)) progress.Note($"status page {status.StatusPage}");
                progress.Show(status);
                foreach (var alarm in status.Alarms.Where(a => _told.Add($"{a.Kind} {a.Step}"))) progress.Note($"warning: step {alarm.Step}: {alarm.Text}");
            }
            catch (RpcException)
            {
                // It is on its way out, or busy; its exit ends the loop.
            }
            var ended = children.Skip(1).Where(w => w.HasExited).ToArray();
            foreach (var lost in ended.Where(w => _begun && w.ExitCode != 0 && _told.Add(w.Name))) progress.Note($"{lost.Name} has ended ({Ending(lost)}); {(nodes - ended.Length >= _needed ? "the others go on" : $"too few are left (Cluster:MinNodes={_needed})")}");
            if (_begun && nodes - ended.Length < Math.Max(1, _needed)) _alone ??= DateTimeOffset.UtcNow;
            if (!_gaveUp && (_begun ? DateTimeOffset.UtcNow - _alone > EndTime : ended.Length > 0))
            {
                _gaveUp = true;
                children[0].AskToStop();
            }
            await Task.Delay(PollInterval);
        }
        if (_begun && !_stopping && children[0].ExitCode != 0) progress.Note($"the coordinator has ended ({Ending(children[0])}): the nodes keep what is committed, and end");
    }

    private int Conclude(List<ChildProcess> children, ProgressLine progress)
    {
        var last = MetricsLog.Read(recipe.Run.Folder).LastOrDefault();
        // A child that was asked to stop before it could listen to signals has ended by that signal, as it should.
        var failed = children.Where(c => c.ExitCode != 0 && !((_stopping || (_gaveUp && c == children[0])) && c.ExitCode > 128)).ToList();
        if (_begun && !_gaveUp && children[0].ExitCode == 0 && children.Skip(1).Any(c => c.ExitCode == 0)) failed.Clear(); // the run did not need them
        var isShort = _gaveUp && !_stopping && (last?.Step ?? 0) < _totalSteps;
        if (failed.Count == 0 && !isShort && (_stopping || children.Count == nodes + 1))
        {
            progress.End(last, _stopping ? "stopped; run the same command again to resume" : null);
            return _stopping ? Interrupt.Status : 0;
        }
        progress.End(last, null);
        foreach (var line in children.SelectMany(c => c.Errors).Where(l => l.Length > 0).Distinct().TakeLast(8)) Console.Error.WriteLine(line);
        foreach (var child in failed.Where(c => c.ExitCode > 128))
            Console.Error.WriteLine($"error: {child.Name} was ended by signal {child.ExitCode - 128}");
        if (isShort && failed.Count == 0)
            Console.Error.WriteLine($"error: too few nodes were left (Cluster:MinNodes={_needed}): the run stopped at step {last?.Step ?? 0} of {_totalSteps}");
        if (children.Count == 1 && failed.Count == 0)
            Console.Error.WriteLine($"error: the coordinator did not listen within {StartTimeout.TotalSeconds:F0} s");
        Console.Error.WriteLine($"The whole log is {Path.Combine(recipe.Run.Folder, "lockstep.log")}.{ResumeHint()}");
        return 1;
    }

    private static string Ending(ChildProcess child) => child.ExitCode > 128 ? $"signal {child.ExitCode - 128}" : $"exit status {child.ExitCode}";

    private string ResumeHint()
    {
        if (!_begun) return "";
        var checkpoint = new CheckpointStore(recipe.Run.Folder).Latest(_ => { });
        return $" The same command again resumes at step {checkpoint?.Manifest.Step ?? 0}.";
    }

    private void RequestStop(PosixSignalContext signal, List<ChildProcess> children, ProgressLine progress)
    {
        if (_stopping) return; // the second one takes its default course: at once
        signal.Cancel = true;
        _stopping = true;
        progress.Note("stopping at the next step boundary; once more to stop at once");
        lock (children) foreach (var child in children) child.AskToStop();
    }
}
