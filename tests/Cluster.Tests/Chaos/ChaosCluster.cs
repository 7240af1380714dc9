using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>
/// A coordinator and nodes as processes of this machine, each node behind a proxy of its own towards the coordinator and another
/// one towards the other nodes (unless the options say otherwise). All share one run folder. Nothing that was started here outlives <see cref="DisposeAsync"/>.
/// </summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly ChaosOptions _options;
    private readonly List<ChaosProcess> _all = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly StringBuilder _story = new();
    private readonly int _port = FreePort.Take();

    public ChaosCluster(ChaosOptions options)
    {
        _options = options;
        Directory.CreateDirectory(Path.Combine(options.Folder, "logs"));
        Members = [.. Enumerable.Range(0, options.Nodes + options.Guests).Select(i => new ChaosMember(i, FaultProxy.Start(_port), FreePort.Take()))];
    }

    public string RunFolder => Path.Combine(_options.Folder, "run");

    public string JournalFolder => Path.Combine(_options.Folder, "journal");

    /// <summary>Where the coordinator listens, whichever process it is.</summary>
    public Uri Address => new($"http://127.0.0.1:{_port}");

    public ChaosProcess Coordinator { get; private set; } = null!;

    /// <summary>The nodes, then the guests.</summary>
    public IReadOnlyList<ChaosMember> Members { get; }

    /// <summary>The coordinator has ended without being told to: its run is over.</summary>
    public bool HasEnded => Coordinator.HasExited && !Coordinator.Allowed.Contains(ChaosProcess.StatusOfKilled);

    /// <summary>Starts the coordinator and the nodes; returns when the coordinator listens.</summary>
    public async Task StartAsync()
    {
        await StartCoordinatorAsync();
        for (var i = 0; i < _options.Nodes; i++) StartNode(Members[i]);
    }

    public async Task StartCoordinatorAsync()
    {
        var addressFile = Path.Combine(_options.Folder, "coordinator.address");
        File.Delete(addressFile);
        IEnumerable<string> journal = _options.Journal ? ["--journal", JournalFolder] : [];
        Coordinator = Begin("coordinator", ["coordinator", _options.Recipe, .. journal, "--address-file", addressFile,
            $"Run:Folder={RunFolder}", $"Cluster:Nodes={_options.Nodes}", $"Cluster:Listen={Address.ToString().TrimEnd('/')}", .. _options.OfCoordinator]);
        var waited = Stopwatch.StartNew();
        while (!File.Exists(addressFile) && !HasEnded)
        {
            if (waited.Elapsed > StartTimeout) throw new TimeoutException($"the coordinator does not listen after {StartTimeout.TotalSeconds:F0} s\n{Tails(20)}");
            await Task.Delay(10); // polls a file that another process writes
        }
        if (HasEnded && Coordinator.ExitCode != 0) throw new InvalidOperationException($"the coordinator ended with status {Coordinator.ExitCode}\n{Describe()}");
    }

    public void StartNode(ChaosMember member)
    {
        if (member.Process is { HasExited: false }) throw new InvalidOperationException($"{member.Name} runs already");
        var (coordinator, advertise) = _options.Proxies ? (member.Proxy.Address, member.Door.Address) : (Address.ToString().TrimEnd('/'), "");
        member.Process = Begin(member.Name, ["node", _options.Recipe, $"Node:Name={member.Name}", $"Node:Coordinator={coordinator}",
            $"Node:Listen={member.Listen}", $"Node:Advertise={advertise}", "Node:Lanes=1", $"Run:Folder={RunFolder}", $"Data:Train={_options.Train}", .. _options.OfNodes]);
    }

    /// <summary>Waits until the coordinator has ended its run, then for the nodes; throws when either takes too long.</summary>
    public async Task WaitForEndAsync(TimeSpan within)
    {
        var waited = Stopwatch.StartNew();
        while (!HasEnded)
        {
            if (waited.Elapsed > within) throw new TimeoutException($"the run did not end within {within.TotalSeconds:F0} s\n{Describe()}");
            await Task.Delay(50); // polls a process
        }
        if (Coordinator.ExitCode != 0) throw new InvalidOperationException($"the coordinator ended with status {Coordinator.ExitCode}\n{Describe()}");
        foreach (var member in Members.Where(m => m.Process is { HasExited: false })) await member.Process!.ExitAsync(TimeSpan.FromSeconds(60));
        Tell("the run has ended");
    }

    /// <summary>Processes that ended with a status that nobody allowed.</summary>
    public IReadOnlyList<string> BadExits()
    {
        lock (_all)
        {
            return [.. _all.Where(p => p.HasExited && !p.Allowed.Contains(p.ExitCode))
                .Select(p => $"{p.Name} (process {p.Id}, {Path.GetFileName(p.LogFile)}) ended with status {p.ExitCode}:\n{p.Tail(15)}")];
        }
    }

    /// <summary>Adds a line to the story of the run.</summary>
    public void Tell(string what)
    {
        lock (_story) _story.Append(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,7:F2} s  {what}\n");
    }

    /// <summary>What was done to the cluster, and the last lines of all logs.</summary>
    public string Describe()
    {
        lock (_story) return $"{_story}{Tails(15)}";
    }

    public string Tails(int lines)
    {
        lock (_all) return string.Concat(_all.Select(p => $"--- {Path.GetFileName(p.LogFile)} (process {p.Id}{(p.HasExited ? $", status {p.ExitCode}" : "")})\n{p.Tail(lines)}\n"));
    }

    public async ValueTask DisposeAsync()
    {
        lock (_all) foreach (var process in _all) process.Dispose();
        foreach (var member in Members)
        {
            await member.Proxy.DisposeAsync();
            await member.Door.DisposeAsync();
        }
    }

    private ChaosProcess Begin(string name, IEnumerable<string> arguments)
    {
        lock (_all)
        {
            var starts = _all.Count(p => p.Name == name) + 1;
            var process = new ChaosProcess(name, Path.Combine(_options.Folder, "logs", $"{name}.{starts}.log"), _options.Folder, arguments, _options.Environment, through: []);
            _all.Add(process);
            Tell($"{name} started for the {starts}. time, process {process.Id}");
            return process;
        }
    }
}
