using System.Diagnostics;
using System.Globalization;

namespace Lockstep.Cluster.Tests;

/// <summary>A disk that is soon full, in memory.</summary>
internal static class SmallDisk
{
    /// <returns>False if that is not allowed here.</returns>
    public static async Task<bool> MountAsync(string folder, int mebibytes) =>
        await ShellAsync(string.Create(CultureInfo.InvariantCulture, $"mount -t tmpfs -o size={mebibytes}m tmpfs {folder}")) == 0;

    public static Task UnmountAsync(string folder) => ShellAsync($"umount {folder}");

    private static async Task<int> ShellAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command + " >/dev/null 2>&1"]))!;
        await shell.WaitForExitAsync();
        return shell.ExitCode;
    }
}
