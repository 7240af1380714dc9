using Lockstep.Protos;

namespace Lockstep.Cli.Commands;

internal static class Outcomes
{
    /// <summary>0 for a run that completed or was stopped, and for a node that has left, on request; otherwise says why on standard error, 1.</summary>
    public static int ExitCode(Finish finish)
    {
        if (finish.Outcome is Finish.Types.Outcome.Completed or Finish.Types.Outcome.Stopped or Finish.Types.Outcome.Left) return 0;
        Console.Error.WriteLine($"error: {finish.Reason}");
        return 1;
    }
}
