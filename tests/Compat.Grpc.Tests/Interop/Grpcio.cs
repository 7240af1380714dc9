using System.Diagnostics;
using Lockstep.Compat.Grpc.Tests.Hosting;
using Xunit;

namespace Lockstep.Compat.Grpc.Tests.Interop;

/// <summary>Runs the grpcio scripts as children with Debian's Python; skips where grpcio is not installed.</summary>
internal static class Grpcio
{
    private const string Python = "/usr/bin/python3";
    private static readonly Lazy<Task<bool>> s_installed = new(async () =>
        File.Exists(Python) && (await RunAsync("-c", "import grpc")).ExitCode == 0);

    public static async Task RequireAsync()
    {
        if (!await s_installed.Value)
        {
            Assert.Skip($"grpcio is not installed for {Python} (Debian: apt-get install python3-grpcio).");
        }
    }

    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Interop", name);

    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Loopback only, and no pyc files beside the tests.
        start.Environment["no_proxy"] = "127.0.0.1,localhost";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }

    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().InTime();
            return (process.ExitCode, await output.InTime() + await errors.InTime());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
