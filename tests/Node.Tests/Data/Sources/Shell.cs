using System.Diagnostics;
using Xunit;

namespace Lockstep.Node.Tests.Data.Sources;

/// <summary>What .NET has no call for: pipes, names that are not UTF-8.</summary>
internal static class Shell
{
    public static async Task RunAsync(string folder, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }
}
