using System.Diagnostics;

namespace Lockstep.Cluster.Tests.Network;

/// <summary>
/// Hosts with an address each, on one switch: network namespaces, each joined to a further one with a bridge in it. The
/// machine's own network is not touched.
/// </summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    private readonly string _name = $"lockstep-{Environment.ProcessId}";
    private readonly string[] _ip;
    private readonly List<string> _made = [];

    private NetworkLab(string[] ip) => _ip = ip;

    private string Switch => $"{_name}-switch";

    /// <summary>Null where that is not allowed, the command ip is missing, or the kernel has no bridges or no cables (veth).</summary>
    /// <param name="ip">The command, where it is not ip.</param>
    public static async Task<NetworkLab?> CreateAsync(int hosts, string[]? ip = null)
    {
        var lab = new NetworkLab(ip ?? ["ip"]);
        try
        {
            if (!await lab.AddAsync(lab.Switch)) return null;
            if (!await lab.CanAsync("-n", lab.Switch, "link", "add", "bridge", "up", "type", "bridge")) return await lab.GiveUpAsync();
            for (var i = 0; i < hosts; i++)
            {
                if (!await lab.AddAsync(lab.Host(i))) throw new InvalidOperationException($"there is a network namespace {lab.Host(i)} already");
                string[] cable = ["-n", lab.Switch, "link", "add", Port(i), "up", "type", "veth", "peer", "name", "eth0", "netns", lab.Host(i)];
                if (i == 0 && !await lab.CanAsync(cable)) return await lab.GiveUpAsync();
                if (i > 0) await lab.MustAsync(cable);
                await lab.MustAsync("-n", lab.Switch, "link", "set", Port(i), "master", "bridge");
                await lab.MustAsync("-n", lab.Host(i), "address", "add", $"{Address(i)}/24", "dev", "eth0");
                await lab.MustAsync("-n", lab.Host(i), "link", "set", "eth0", "up");
                await lab.MustAsync("-n", lab.Host(i), "link", "set", "lo", "up");
            }
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public static string Address(int host) => $"10.77.0.{host + 1}";

    /// <summary>A command that runs what follows it on a host.</summary>
    public string[] On(int host) => ["ip", "netns", "exec", Host(host)];

    /// <summary>Whatever is sent to or from the host is lost; nobody is told.</summary>
    public Task PullCableAsync(int host) => MustAsync("-n", Switch, "link", "set", Port(host), "down");

    public Task PlugInAsync(int host) => MustAsync("-n", Switch, "link", "set", Port(host), "up");

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _made) await RunAsync("netns", "delete", name); // what is in it goes with it
    }

    private static string Port(int host) => $"port{host}";

    private string Host(int host) => $"{_name}-{host}";

    private async Task<NetworkLab?> GiveUpAsync()
    {
        await DisposeAsync();
        return null;
    }

    private async Task<bool> CanAsync(params string[] arguments) => (await RunAsync(arguments)).Status == 0;

    private async Task<bool> AddAsync(string name)
    {
        if (!await CanAsync("netns", "add", name)) return false;
        _made.Add(name);
        return true;
    }

    private async Task MustAsync(params string[] arguments)
    {
        var (status, said) = await RunAsync(arguments);
        if (status != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {said}");
    }

    private async Task<(int Status, string Said)> RunAsync(params string[] arguments)
    {
        try
        {
            using var ip = Process.Start(new ProcessStartInfo(_ip[0], [.. _ip[1..], .. arguments]) { RedirectStandardError = true })!;
            var said = await ip.StandardError.ReadToEndAsync();
            await ip.WaitForExitAsync();
            return (ip.ExitCode, said.Trim());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }
}
