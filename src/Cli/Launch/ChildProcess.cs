using System.Diagnostics;
using System.Globalization;
using Lockstep.Cli.Recipes;

namespace Lockstep.Cli.Launch;

/// <summary>Another process of this tool: its output goes to the run's log, its errors are remembered.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _errors = [];

    public ChildProcess(string name, IEnumerable<string> arguments, Action<string> log)
    {
        Name = name;
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // The launcher has resolved the recipe, environment included; the child gets the result.
        foreach (var variable in start.Environment.Keys.Where(RecipeLoader.IsOverride).ToList()) start.Environment.Remove(variable);
        start.Environment[ParentWatch.Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start");
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, line) => Log(line.Data, log);
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) lock (_errors) _errors.Add(line.Data);
            Log(line.Data, log);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Exit status; a process ended by a signal has 128 + its number.</summary>
    public int ExitCode => _process.ExitCode;

    public Task WaitAsync() => _process.WaitForExitAsync();

    /// <summary>What the process wrote to its standard error.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_errors) return [.. _errors];
        }
    }

    public void AskToStop()
    {
        if (!_process.HasExited) Signals.AskToStop(_process.Id);
    }

    public void Kill()
    {
        if (!_process.HasExited) _process.Kill();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Log(string? line, Action<string> log)
    {
        if (line is not null) log($"[{Name}] {line}");
    }
}
