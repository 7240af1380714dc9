using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Lockstep.Cli.Launch;

namespace Lockstep.Benchmarks.Faults;

/// <summary>One start of a coordinator or a node, with its output in a file.</summary>
internal sealed partial class FaultsProcess : IDisposable
{
    private const int Kill = 9, Term = 15, Cont = 18, Stop = 19;
    private readonly Process _process;
    private readonly StreamWriter _log;

    public FaultsProcess(string name, string logFile, string program, IEnumerable<string> arguments)
    {
        Name = name;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[ParentWatch.Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture); // it ends when this one does
        _log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        Note($"--- {name} starts at {DateTime.UtcNow:O}");
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    /// <summary>It ended although nobody had asked it to.</summary>
    public bool HasFailed => !WasEnded && _process.HasExited;

    /// <summary>It was killed or asked to stop by this program.</summary>
    public bool WasEnded { get; private set; }

    public Task KillAsync() => EndAsync(Kill);

    public Task TerminateAsync() => EndAsync(Term);

    public void Halt() => _ = kill(_process.Id, Stop);

    public void Continue() => _ = kill(_process.Id, Cont);

    /// <summary>The run is over: it may end.</summary>
    public Task ExitAsync(TimeSpan within)
    {
        WasEnded = true;
        return Task.WhenAny(_process.WaitForExitAsync(), Task.Delay(within));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private Task EndAsync(int signal)
    {
        WasEnded = true;
        _ = kill(_process.Id, signal);
        return _process.WaitForExitAsync();
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_log) if (_log.BaseStream is not null) _log.WriteLine(line);
    }

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
