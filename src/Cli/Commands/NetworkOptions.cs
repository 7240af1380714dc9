using System.CommandLine;

namespace Lockstep.Cli.Commands;

/// <summary>Which network a command is about: CHECKPOINT, --network, and --arch, --patch and --heads of a weights file.</summary>
internal sealed class NetworkOptions
{
    private readonly Argument<string> _checkpoint = new("CHECKPOINT") { Description = WeightsOptions.Argument };
    private readonly Option<string> _section = new("--network") { Description = "teacher or student.", DefaultValueFactory = _ => "teacher" };

    /// <summary>What is said of a weights file.</summary>
    public WeightsOptions Weights { get; } = new();

    public void AddTo(Command command)
    {
        _section.AcceptOnlyFromAmong("teacher", "student");
        command.Add(_checkpoint);
        command.Add(_section);
        Weights.AddTo(command);
    }

    /// <summary>Reads the network.</summary>
    public LoadedModel Load(ParseResult parsed) => LoadedModel.FromCheckpoint(parsed.GetValue(_checkpoint)!, parsed.GetValue(_section)!, Weights.Of(parsed));
}
