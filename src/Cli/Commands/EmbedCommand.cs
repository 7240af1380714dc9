using System.CommandLine;
using Lockstep.Cli.Evaluation;
using Lockstep.Cli.Launch;
using Lockstep.Models.Weights;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Index;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep embed: features of images for other programs, and for search.</summary>
internal static class EmbedCommand
{
    public static Command Create()
    {
        var network = new NetworkOptions();
        var images = new Option<string>("--images") { Description = "A folder of images (or a list, or shards); class folders are not needed.", Required = true };
        var output = new Option<string?>("--output") { Description = "NAME.npy: features as float32, a row an image; beside it NAME.tsv (files and classes) and NAME.json. What search takes as its index." };
        var csv = new Option<string?>("--csv") { Description = "FILE: the same as comma-separated values, with file and class." };
        var plot = new Option<string?>("--plot") { Description = "FILE.svg: the images on the first two principal components, coloured by class." };
        output.Require(path => path!.EndsWith(FeatureIndex.Extension, StringComparison.Ordinal), $"--output must end in {FeatureIndex.Extension}");
        plot.Require(path => path!.EndsWith(".svg", StringComparison.OrdinalIgnoreCase), "--plot must end in .svg");
        var command = new Command("embed", """
            Writes the features of images (a ViT's class token, a ResNet's mean of the last map), not normalised, in the order of the file names.

            Example:
              lockstep embed runs/demo/training --images runs/demo/samples/test --output features.npy --plot features.svg
            """) { images, output, csv, plot };
        network.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(output) is null && result.GetResult(csv) is null && result.GetResult(plot) is null)
                result.AddError("nothing would be written: give --output NAME.npy, --csv FILE or --plot FILE.svg");
        });
        command.SetAction(parsed =>
        {
            using var model = network.Load(parsed);
            var index = Read(model, network.Weights.Of(parsed), parsed.GetValue(images)!);
            Console.WriteLine($"{model.Description}: {index.Features.Count} images, {index.Features.Dimension} features each, {index.Classes.Count} classes");
            if (parsed.GetValue(output) is { } npy) Write(npy, index.Write);
            if (parsed.GetValue(csv) is { } table) Write(table, path => WriteTable(path, index));
            if (parsed.GetValue(plot) is { } svg) Write(svg, path => File.WriteAllText(path, FeaturePlot.Svg(index)));
            return 0;
        });
        return command;
    }

    private static FeatureIndex Read(LoadedModel model, BackboneHints hints, string folder)
    {
        using var images = model.Images(folder, needLabels: false);
        FeatureSet features;
        using (var line = new CountLine("images read", images.Count))
            features = FeatureReader.Read(model.Extractor, images, model.Recipe.Evaluation.BatchSize, LoadedModel.LeftOut, line.Show);
        var origin = new IndexOrigin(model.Source, model.Section, model.WeightsDigest, hints.Arch, hints.PatchSize, hints.Heads, Path.GetFullPath(folder));
        return new FeatureIndex(features, [.. features.Images.Select(images.NameOf)], images.Classes, origin);
    }

    private static void WriteTable(string path, FeatureIndex index)
    {
        using var writer = new StreamWriter(path);
        FeatureTable.Write(writer, index);
    }

    private static void Write(string path, Action<string> write)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        write(path);
        Console.WriteLine($"wrote {path}");
    }
}
