using System.Net;
using System.Net.Sockets;
using Lockstep.Protos;

namespace Lockstep.Benchmarks.Faults;

/// <summary>A coordinator and nodes as processes of this machine, and the faults that are done to them.</summary>
internal sealed class FaultsCluster : IAsyncDisposable
{
    private static readonly TimeSpan ShortStop = TimeSpan.FromSeconds(0.3), LongStop = TimeSpan.FromSeconds(4), EndsWithin = TimeSpan.FromSeconds(30);
    private readonly FaultsOptions _options;
    private readonly string _folder;
    private readonly int _port;
    private readonly List<FaultsProcess> _all = [];
    private readonly FaultsProcess[] _nodes;
    private FaultsProcess _coordinator;

    public FaultsCluster(FaultsOptions options, string folder)
    {
        (_options, _folder, _port) = (options, folder, FreePort());
        Directory.CreateDirectory(folder);
        _coordinator = StartCoordinator();
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(StartNode)];
        Watch = new(new Uri(Address));
    }

    public string RunFolder => Path.Combine(_folder, "run");

    public CommitWatch Watch { get; }

    /// <summary>Processes that ended by themselves.</summary>
    public IReadOnlyList<string> Failed => [.. _all.Where(p => p.HasFailed).Select(p => p.Name)];

    private string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Every node computes and was heard of lately.</summary>
    public bool IsWhole(RunStatus status) => status.Phase == "running" &&
        status.Nodes.Where(n => n.State is "computing" or "prepared" && n.MicrobatchCount > 0 && n.SilenceSeconds < 1).DistinctBy(n => n.Node).Count() == _options.Nodes;

    /// <summary>Does one fault and waits until all is as it was, for so long at most.</summary>
    public async Task<FaultOutcome> DoAsync(FaultKind kind, int target, double until)
    {
        var (at, before) = (Watch.Now, Watch.Last!);
        var node = _nodes[target];
        var former = before.Nodes.LastOrDefault(n => n.Node == node.Name && n.State is not ("lost" or "left"))?.Index;
        Func<RunStatus, bool> isBack = status => status.Nodes.Any(n => n.Node == node.Name && n.Index != former && n.State is "computing" or "prepared");
        switch (kind)
        {
            case FaultKind.KillNode:
                await node.KillAsync();
                _nodes[target] = StartNode(target);
                break;
            case FaultKind.TerminateNode:
                await node.TerminateAsync().WaitAsync(EndsWithin);
                _nodes[target] = StartNode(target);
                break;
            case FaultKind.KillCoordinator:
                await _coordinator.KillAsync();
                _coordinator = StartCoordinator();
                isBack = status => status.Epoch > before.Epoch;
                break;
            default:
                node.Halt();
                await Task.Delay(kind == FaultKind.ShortStop ? ShortStop : LongStop);
                node.Continue();
                isBack = _ => true; // whether it was let go meanwhile depends on the machine
                break;
        }
        var whole = await Watch.UntilAsync(status => isBack(status) && IsWhole(status), until);
        return new(kind, kind == FaultKind.KillCoordinator ? _coordinator.Name : node.Name, at, whole);
    }

    /// <summary>Stops the whole cluster where it stands, until <see cref="Continue"/>.</summary>
    public void Halt()
    {
        foreach (var process in _all.Where(p => !p.WasEnded)) process.Halt();
    }

    public void Continue()
    {
        foreach (var process in _all.Where(p => !p.WasEnded)) process.Continue();
    }

    /// <summary>Ends the run at a step boundary.</summary>
    public async Task StopAsync()
    {
        var exits = _nodes.Select(node => node.ExitAsync(EndsWithin)).ToList();
        await Task.WhenAny(_coordinator.TerminateAsync(), Task.Delay(EndsWithin));
        await Task.WhenAll(exits);
    }

    public async ValueTask DisposeAsync()
    {
        await Watch.DisposeAsync();
        foreach (var process in _all) process.Dispose();
    }

    private FaultsProcess StartCoordinator() => Start("coordinator", Path.Combine(AppContext.BaseDirectory, "lockstep"),
        ["coordinator", .. _options.Recipe, $"Run:Folder={RunFolder}", $"Cluster:Listen={Address}", "--journal", Path.Combine(_folder, "journal")]);

    private FaultsProcess StartNode(int number) => Start($"node-{number}", Environment.ProcessPath!,
        [FaultsNode.Command, .. _options.OfNodes, .. _options.Recipe, $"Run:Folder={RunFolder}", $"Node:Name=node-{number}", $"Node:Coordinator={Address}", "Node:Lanes=1"]);

    private FaultsProcess Start(string name, string program, IEnumerable<string> arguments)
    {
        var process = new FaultsProcess(name, Path.Combine(_folder, $"{name}.log"), program, arguments);
        _all.Add(process);
        return process;
    }

    // Below those that outgoing connections take: it must stay free while the coordinator is down.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
