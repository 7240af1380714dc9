using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Lockstep.Cluster.Tests;

/// <summary>The lockstep tool as a user runs it: a real process.</summary>
internal sealed partial class Tool : IDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    private readonly StringBuilder _output = new();

    private Tool(string workingFolder, IReadOnlyDictionary<string, string>? environment, string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments)
        {
            WorkingDirectory = workingFolder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        Process = Process.Start(start)!;
        Process.StandardInput.Close();
        Process.OutputDataReceived += (_, line) => Note(line.Data);
        Process.ErrorDataReceived += (_, line) => Note(line.Data);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>Standard output and standard error so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    private static string Program { get; } = Path.Combine(Repository.Root, "src", "Cli", "bin", "Release", "net10.0", "lockstep");

    public static Tool Start(string workingFolder, params string[] arguments) => new(workingFolder, null, arguments);

    /// <summary>Starts it with further variables in its environment.</summary>
    public static Tool StartWith(IReadOnlyDictionary<string, string> environment, string workingFolder, params string[] arguments) => new(workingFolder, environment, arguments);

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string workingFolder, params string[] arguments)
    {
        using var tool = Start(workingFolder, arguments);
        return (await tool.ExitAsync(), tool.Output);
    }

    /// <summary>Fails with all that the process has said if it has ended.</summary>
    /// <param name="until">What is waited for.</param>
    public void MustRun(string until)
    {
        if (!Process.HasExited) return;
        Process.WaitForExit(Timeout); // for its last words
        Assert.Fail($"lockstep has ended with exit status {Process.ExitCode} before {until}:\n{Output}");
    }

    /// <summary>Exit status; fails when the process does not end in time.</summary>
    public async Task<int> ExitAsync(TimeSpan? within = null)
    {
        var limit = within ?? Timeout;
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await Process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"lockstep did not end within {limit}:\n{Output}");
        }
        return Process.ExitCode;
    }

    /// <summary>Sends SIGINT (2) or SIGTERM (15) to the process alone.</summary>
    public void Signal(int signal) => Assert.Equal(0, kill(Process.Id, signal));

    /// <summary>kill -9 of the process and of everything it has started.</summary>
    public void KillTree() => Process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        if (!Process.HasExited) KillTree();
        Process.Dispose();
    }

    private void Note(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }

    [LibraryImport("libc")]
    private static partial int kill(int processId, int signal);
}
