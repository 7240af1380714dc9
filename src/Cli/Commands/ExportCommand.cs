using System.CommandLine;
using System.Globalization;
using Lockstep.Models.Weights;
using Lockstep.Node.Export;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep export: a checkpoint's weights for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = "A checkpoint folder, or a run folder (its newest checkpoint)." };
        var format = new Option<string>("--format") { Description = "dino: backbone and head under the original's names. timm, backbone: the backbone alone.", Required = true };
        var section = new Option<string?>("--section") { Description = "teacher or student. When not given: the teacher; with --format dino a full checkpoint of both." };
        var output = new Option<string>("--output") { Description = $"File to write, FILE{ExportRequest.Extension}; FILE.json beside it is the model card.", Required = true };
        var force = new Option<bool>("--force") { Description = "Replaces files that are there." };
        format.AcceptOnlyFromAmong("dino", "timm", "backbone");
        section.AcceptOnlyFromAmong("teacher", "student");
        output.Require(o => o.EndsWith(ExportRequest.Extension, StringComparison.Ordinal), $"--output must end in {ExportRequest.Extension}, the only format that is written");
        var command = new Command("export", """
            Writes a checkpoint's weights as safetensors, bit for bit, under names that other programs read, and a model card
            (JSON) beside it: method, recipe, step, digests, what images it wants.

            Examples:
              lockstep export runs/dino-cifar10 --format timm --output dino.safetensors
              lockstep export runs/dino-cifar10 --format dino --output full.safetensors
            """) { checkpoint, format, section, output, force };
        command.SetAction(parsed =>
        {
            var request = new ExportRequest(
                parsed.GetValue(output)!, Enum.Parse<ExportFormat>(parsed.GetValue(format)!, ignoreCase: true), parsed.GetValue(section), parsed.GetValue(force));
            WeightsExport.ThrowIfTaken(request);
            using var model = LoadedModel.FromCheckpoint(parsed.GetValue(checkpoint)!, "teacher"); // checks the digest
            if (model.Manifest is not { } manifest) throw new InvalidDataException($"'{parsed.GetValue(checkpoint)}' is a weights file; export wants a run or a checkpoint, which says where weights come from");
            var card = WeightsExport.Write(manifest, model.Recipe, model.State, request);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"wrote {request.Output}: {card.Section} at step {manifest.Step}, {card.Weights.Tensors} tensors, {card.Weights.Parameters:N0} numbers, {card.Weights.SizeBytes / 1e6:F1} MB"));
            Console.WriteLine($"wrote {request.Card}");
            return 0;
        });
        return command;
    }
}
