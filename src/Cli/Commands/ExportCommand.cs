using System.CommandLine;
using System.Globalization;
using Lockstep.Models.Weights;
using Lockstep.Node.Export;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep export: weights of a checkpoint, or of a weights file, for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = WeightsOptions.Argument };
        var weights = new WeightsOptions();
        var format = new Option<string>("--format") { Description = "dino: backbone and head under the original's names. timm, backbone: the backbone alone; all that is taken from a weights file.", Required = true };
        var section = new Option<string?>("--section") { Description = "teacher or student. When not given: the teacher; with --format dino a full checkpoint of both." };
        var output = new Option<string>("--output") { Description = $"File to write, FILE{ExportRequest.Extension}; FILE.json beside it is the model card.", Required = true };
        var force = new Option<bool>("--force") { Description = "Replaces files that are there." };
        format.AcceptOnlyFromAmong("dino", "timm", "backbone");
        section.AcceptOnlyFromAmong("teacher", "student");
        output.Require(o => o.EndsWith(ExportRequest.Extension, StringComparison.Ordinal), $"--output must end in {ExportRequest.Extension}, the only format that is written");
        var command = new Command("export", """
            Writes a checkpoint's weights, or a weights file's backbone, as safetensors, bit for bit, under names that other programs
            read, and a model card (JSON) beside it: method, recipe, step, digests, what images it wants.

            Examples:
              lockstep export runs/dino-cifar10 --format timm --output dino.safetensors
              lockstep export runs/dino-cifar10 --format dino --output full.safetensors
              lockstep export dino_deitsmall16_pretrain.pth --format timm --output dino.safetensors
            """) { checkpoint, format, section, output, force };
        weights.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new ExportRequest(
                parsed.GetValue(output)!, Enum.Parse<ExportFormat>(parsed.GetValue(format)!, ignoreCase: true), parsed.GetValue(section), parsed.GetValue(force));
            WeightsExport.ThrowIfTaken(request);
            var source = parsed.GetValue(checkpoint)!;
            var file = File.Exists(source) ? ExportOrigin.Of(Describe(source, request.Section)) : null;
            if (file is not null) WeightsExport.ThrowIfBackboneOnly(file, request);
            using var model = LoadedModel.FromCheckpoint(source, request.Section ?? "teacher", weights.Of(parsed)); // checks a checkpoint's digest
            var card = WeightsExport.Write(file ?? ExportOrigin.Of(model.Manifest!), model.Recipe, model.State, request);
            var what = file is null ? $"{card.Section} at step {model.Manifest!.Step}" : $"backbone of {Path.GetFileName(source)}";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"wrote {request.Output}: {what}, {card.Weights.Tensors} tensors, {card.Weights.Parameters:N0} numbers, {card.Weights.SizeBytes / 1e6:F1} MB"));
            Console.WriteLine($"wrote {request.Card}");
            return 0;
        });
        return command;
    }

    private static ModelCard.SourcePart Describe(string path, string? section)
    {
        using var file = WeightsFile.Open(path);
        return new(Path.GetFileName(path), WeightsFile.DigestOf(path), file.Format, NetworkWeights.Sections(file).Count > 0 ? section ?? "teacher" : null);
    }
}
