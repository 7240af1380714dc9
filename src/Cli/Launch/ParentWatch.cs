using System.Diagnostics;
using System.Globalization;

namespace Lockstep.Cli.Launch;

/// <summary>Ends a child when the process that launched it is gone, so that a killed launcher leaves nothing behind.</summary>
internal static class ParentWatch
{
    public const string Variable = "LOCKSTEP_PARENT";

    /// <summary>For a child: cancelled when the launcher named in the environment has died. Never without one.</summary>
    public static CancellationToken Token()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), CultureInfo.InvariantCulture, out var parent)) return CancellationToken.None;
        Signals.LeaveProcessGroup();
        var gone = new CancellationTokenSource();
        var watch = new Thread(() =>
        {
            try
            {
                using var process = Process.GetProcessById(parent);
                process.WaitForExit();
            }
            catch (ArgumentException)
            {
                // It was gone before it could be looked at.
            }
            gone.Cancel();
        })
        { IsBackground = true, Name = "parent-watch" };
        watch.Start();
        return gone.Token;
    }
}
