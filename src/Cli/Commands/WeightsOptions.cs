using System.CommandLine;
using Lockstep.Models.Options;
using Lockstep.Models.Weights;

namespace Lockstep.Cli.Commands;

/// <summary>--arch, --patch and --heads, of commands that take a weights file in place of a run.</summary>
internal sealed class WeightsOptions
{
    /// <summary>What such commands say of their argument.</summary>
    public const string Argument = "A run folder (its newest checkpoint), a checkpoint folder, or a weights file (.safetensors, .pth).";

    private readonly Option<string?> _arch = new("--arch") { Description = "Of a weights file: vit_tiny, vit_small, vit_base, vit, resnet50 or resnet; checked. Read off the file when not given." };
    private readonly Option<int?> _patch = new("--patch") { Description = "Of a weights file: side of a patch, pixels; checked. Read off the file when not given." };
    private readonly Option<int?> _heads = new("--heads") { Description = "Of a weights file: attention heads; when not given one for each 64 of the width, or as lockstep export noted." };

    public void AddTo(Command command)
    {
        _arch.AcceptOnlyFromAmong("vit_tiny", "vit_small", "vit_base", "vit", "resnet50", "resnet", "deit_tiny", "deit_small", "deit_base");
        _patch.Require(n => n >= 1, "--patch must be a number, at least 1");
        _heads.Require(n => n >= 1, "--heads must be a number, at least 1");
        command.Add(_arch);
        command.Add(_patch);
        command.Add(_heads);
    }

    public BackboneHints Of(ParseResult parsed) => new(parsed.GetValue(_arch) is { } arch ? ModelOptions.ArchOf(arch) : null, parsed.GetValue(_patch), parsed.GetValue(_heads));
}
