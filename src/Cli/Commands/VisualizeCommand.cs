using System.CommandLine;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep visualize: pictures of what a backbone sees.</summary>
internal static class VisualizeCommand
{
    public static Command Create() => new("visualize", "Makes pictures of what a checkpoint has learned.") { VisualizeAttentionCommand.Create(), VisualizePcaCommand.Create() };
}
