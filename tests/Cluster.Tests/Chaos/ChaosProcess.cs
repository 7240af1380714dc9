using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>One start of the tool, with its output in a file; a second start of the same node is another one.</summary>
internal sealed partial class ChaosProcess : IDisposable
{
    public const int StatusOfKilled = 128 + Kill;
    private const int Int = 2, Kill = 9, Term = 15, Cont = 18, Stop = 19;
    private const int LongestLine = 260;
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <param name="through">A command that becomes the tool, e.g. one that enters a network namespace first; empty: none.</param>
    public ChaosProcess(string name, string logFile, string workingFolder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, IEnumerable<string> through)
    {
        (Name, LogFile) = (name, logFile);
        string[] command = [.. through, Path.Combine(Repository.Root, "src", "Cli", "bin", "Release", "net10.0", "lockstep"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // The tool ends when the process named here is gone: a killed test leaves nothing behind.
        start.Environment["LOCKSTEP_PARENT"] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        _log = new StreamWriter(logFile) { AutoFlush = true };
        _process = Process.Start(start)!;
        Id = _process.Id;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id { get; }

    public string LogFile { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>Exit status; one ended by a signal has 128 + its number.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Statuses with which it may end; the one who kills it says so first.</summary>
    public IReadOnlyList<int> Allowed { get; private set; } = [0];

    public void KillNow()
    {
        Allowed = [.. Allowed, StatusOfKilled];
        Send(Kill);
    }

    public void Terminate() => Send(Term);

    public void Interrupt() => Send(Int);

    public void Halt() => Send(Stop);

    public void Continue() => Send(Cont);

    /// <summary>Waits for the end; fails with the last lines of the log when it takes too long.</summary>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var timeout = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} (process {Id}) did not end within {within.TotalSeconds:F0} s:\n{Tail(30)}");
        }
        return _process.ExitCode;
    }

    public string Tail(int lines)
    {
        if (HasExited) _process.WaitForExit(); // for its last words
        lock (_log)
        {
            using var reader = new StreamReader(new FileStream(LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return string.Join('\n', reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(lines).Select(l => l.Length > LongestLine ? l[..LongestLine] + "..." : l));
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            KillNow(); // reaches a stopped process too
            _process.WaitForExit();
        }
        _process.Dispose();
        lock (_log) _log.Dispose();
    }

    private void Send(int signal)
    {
        if (!_process.HasExited) _ = kill(Id, signal);
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_log)
        {
            if (_log.BaseStream is not null) _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,8:F3} {line}"));
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
