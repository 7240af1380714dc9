using System.Diagnostics;

namespace Lockstep.Deploy.Tests;

/// <summary>The repository as files, and programs run in it.</summary>
internal static class Repository
{
    /// <summary>The folder that holds Lockstep.slnx.</summary>
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Runs a program; its output, or a failed test.</summary>
    public static async Task<string> RunAsync(string folder, TimeSpan within, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var timeout = new CancellationTokenSource(within);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var error = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await error}");
        return await output;
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Lockstep.slnx"))) return folder;
        }
        throw new InvalidOperationException($"Lockstep.slnx is in no folder above {AppContext.BaseDirectory}");
    }
}
