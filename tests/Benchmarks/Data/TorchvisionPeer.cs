using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Lockstep.Benchmarks.Data;

/// <summary>torchvision and PIL doing the same, one process a core, each with one thread: torchvision_peer.py beside this file.</summary>
internal sealed class TorchvisionPeer : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly List<Process> _processes;

    private TorchvisionPeer(List<Process> processes, string versions) => (_processes, Versions) = (processes, versions);

    public string Versions { get; }

    /// <summary>Starts it; null where Python cannot import torchvision and PIL.</summary>
    public static TorchvisionPeer? Start(string folder, int cores)
    {
        if (!File.Exists(Python)) return null;
        var processes = Enumerable.Range(0, cores).Select(core => StartOne(folder, core)).ToList();
        var versions = processes.Select(p => p.StandardOutput.ReadLine()).ToList();
        var peer = new TorchvisionPeer(processes, versions[0] ?? "");
        if (!versions.Contains(null)) return peer;
        peer.Dispose();
        return null;
    }

    public DataMeasure Run(double seconds)
    {
        foreach (var process in _processes)
        {
            process.StandardInput.WriteLine(seconds.ToString(CultureInfo.InvariantCulture));
            process.StandardInput.Flush();
        }
        return DataMeasure.Sum([.. _processes.Select(p => JsonSerializer.Deserialize<DataMeasure>(p.StandardOutput.ReadLine()!)!)]);
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.StandardInput.Close(); // the script ends with its input
            process.WaitForExit();
            process.Dispose();
        }
    }

    private static Process StartOne(string folder, int core)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Data", "torchvision_peer.py");
        var start = new ProcessStartInfo(Python, [script, folder, core.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }
}
