using System.CommandLine;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data: the images before they are trained on.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Looks at the images of a dataset.")
    {
        DataCheckCommand.Create(),
        DataStatsCommand.Create(),
    };
}
