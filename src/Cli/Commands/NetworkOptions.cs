using System.CommandLine;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Cli.Commands;

/// <summary>Which network a command is about, and where it computes: CHECKPOINT, --network, --device, and --arch, --patch and --heads of a weights file.</summary>
internal sealed class NetworkOptions
{
    private readonly Argument<string> _checkpoint = new("CHECKPOINT") { Description = WeightsOptions.Argument };
    private readonly Option<string> _section = new("--network") { Description = "teacher or student.", DefaultValueFactory = _ => "teacher" };

    private readonly Option<string> _device = new("--device") { Description = "Where the network computes: cpu, cuda (the first GPU) or cuda:N.", DefaultValueFactory = _ => "cpu" };

    /// <summary>What is said of a weights file.</summary>
    public WeightsOptions Weights { get; } = new();

    public void AddTo(Command command)
    {
        _section.AcceptOnlyFromAmong("teacher", "student");
        command.Add(_checkpoint);
        _device.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } name && DeviceName.Fault("--device", name) is { } fault) result.AddError(fault);
        });
        command.Add(_section);
        command.Add(_device);
        Weights.AddTo(command);
    }

    /// <summary>Reads the network.</summary>
    /// <exception cref="DeviceException">The device is not there.</exception>
    public LoadedModel Load(ParseResult parsed) => LoadedModel.FromCheckpoint(
        parsed.GetValue(_checkpoint)!, parsed.GetValue(_section)!, Weights.Of(parsed), ComputeDevice.Open("--device", parsed.GetValue(_device)!));
}
