using System.CommandLine;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep eval: how well a frozen backbone's features tell classes apart.</summary>
internal static class EvalCommand
{
    public static Command Create() => new("eval", "Evaluates a checkpoint.") { EvalKnnCommand.Create(), EvalLinearCommand.Create() };
}
