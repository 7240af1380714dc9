using System.CommandLine;
using Lockstep.Protos;

namespace Lockstep.Cli.Commands;

/// <summary>How a process tells by its exit status how it ended.</summary>
internal static class Outcomes
{
    /// <summary>--leave-status, which coordinator and node take.</summary>
    public static Option<int> LeaveStatus()
    {
        var option = new Option<int>("--leave-status")
        {
            Description = "Exit status after a request to stop that the run outlives. Whatever takes 0 for the end of the run, such as a Job of Kubernetes, wants another one, e.g. 75.",
            DefaultValueFactory = _ => 0,
        };
        option.Require(status => status is >= 0 and <= 125, "--leave-status wants a number from 0 to 125");
        return option;
    }

    /// <summary>0 for a run that completed or was stopped; otherwise says why on standard error, 1.</summary>
    /// <param name="leaveStatus">For a node that has left on request, and a coordinator that has handed over: the run goes on.</param>
    public static int ExitCode(Finish finish, int leaveStatus = 0)
    {
        if (finish.Outcome is Finish.Types.Outcome.Left) return leaveStatus;
        if (finish.Outcome is Finish.Types.Outcome.Completed or Finish.Types.Outcome.Stopped) return 0;
        Console.Error.WriteLine($"error: {finish.Reason}");
        return 1;
    }
}
