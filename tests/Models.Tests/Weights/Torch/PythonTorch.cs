using System.Diagnostics;

namespace Lockstep.Models.Tests.Weights.Torch;

/// <summary>Runs the scripts of this folder as children with Debian's Python; skips where it has no PyTorch.</summary>
internal static class PythonTorch
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <param name="module">What the script needs: torch or torchvision.</param>
    public static async Task<string> RunAsync(string module, string script, params string[] arguments)
    {
        if (!File.Exists(Python) || (await StartAsync("-c", $"import {module}")).ExitCode != 0)
            Assert.Skip($"{module} is not installed for {Python} (Debian: apt-get install python3-{module})");
        var (exit, output) = await StartAsync([Path.Combine(AppContext.BaseDirectory, "Weights", "Torch", script), .. arguments]);
        Assert.True(exit == 0, output);
        return output;
    }

    private static async Task<(int ExitCode, string Output)> StartAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Limit);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync(timeout.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
