using System.CommandLine;
using System.Globalization;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Index;
using Lockstep.Node.Evaluation.Pictures;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep search: the images of an index that are most like another one.</summary>
internal static class SearchCommand
{
    private const int SheetColumns = 6, SheetCell = 160;

    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "An image file." };
        var index = new Option<string>("--index") { Description = "NAME.npy that lockstep embed wrote, with NAME.json beside it.", Required = true };
        var count = new Option<int>("--count") { Description = "Images to find.", DefaultValueFactory = _ => 10 };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "The checkpoint or weights file that made the index, where it is not any more where it was." };
        var sheet = new Option<string?>("--sheet") { Description = "FILE.png: the image and those found, in the order of the table." };
        count.Require(n => n >= 1, "--count must be a number, at least 1");
        sheet.Require(path => path!.EndsWith(".png", StringComparison.OrdinalIgnoreCase), "--sheet must end in .png");
        var command = new Command("search", """
            Prints the images of an index that are nearest to an image by the cosine of their features, nearest first.

            Examples:
              lockstep embed runs/demo/training --images runs/demo/samples/train --output samples.npy
              lockstep search runs/demo/samples/test/00-striped-disc/0000.jpg --index samples.npy --sheet found.png
            """) { image, index, count, checkpoint, sheet };
        command.SetAction(parsed =>
        {
            var found = FeatureIndex.Read(parsed.GetValue(index)!);
            using var model = Load(found.Origin, parsed.GetValue(checkpoint));
            var nearest = Find(model, found, parsed.GetValue(image)!, parsed.GetValue(count));
            Print(found, nearest);
            if (parsed.GetValue(sheet) is { } path)
            {
                WriteSheet(model, found, parsed.GetValue(image)!, nearest, path);
                Console.WriteLine($"wrote {path}");
            }
            return 0;
        });
        return command;
    }

    private static LoadedModel Load(IndexOrigin origin, string? checkpoint)
    {
        var path = checkpoint ?? origin.Checkpoint;
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new CheckpointException($"there is no '{path}', whose network made the index: name it with --checkpoint, or make the index anew with 'lockstep embed'");
        var model = LoadedModel.FromCheckpoint(path, origin.Network, File.Exists(path) ? new BackboneHints(origin.Arch, origin.Patch, origin.Heads) : null);
        if (model.WeightsDigest == origin.WeightsDigest) return model;
        model.Dispose();
        throw new CheckpointException($"'{path}' holds other weights than those that made the index: name the checkpoint of then with --checkpoint, or make the index anew with 'lockstep embed'");
    }

    private static NearestList Find(LoadedModel model, FeatureIndex index, string image, int count)
    {
        using var one = LabelledImages.OfFile(image, model.Extractor.ImageSize, model.Recipe.Augment.Mean, model.Recipe.Augment.Std, model.Recipe.Evaluation.ResizeSide(model.Extractor.ImageSize));
        var query = FeatureReader.Read(model.Extractor, one, 1, message => throw new DataException($"{message}: give another image"));
        NearestList? found = null;
        NearestNeighbours.Visit(index.Features.Normalize(), query.Normalize(), count, (_, nearest) => found = nearest);
        return found!;
    }

    private static void Print(FeatureIndex index, NearestList nearest)
    {
        var rows = nearest.Indices.ToArray();
        var width = Math.Max(5, rows.Max(row => index.ClassOf(row).Length));
        Console.WriteLine($"rank   cosine  {"class".PadRight(width)}  file");
        for (var i = 0; i < rows.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1,4}  {nearest.Similarities[i],7:F4}  {index.ClassOf(rows[i]).PadRight(width)}  {index.Files[rows[i]]}"));
    }

    private static void WriteSheet(LoadedModel model, FeatureIndex index, string image, NearestList nearest, string path)
    {
        var (mean, std) = (model.Recipe.Augment.Mean, model.Recipe.Augment.Std);
        using var query = LabelledImages.OfFile(image, SheetCell, mean, std, SheetCell);
        using var images = new LabelledImages(index.Origin.Images, SheetCell, mean, std, needLabels: false, resizeSide: SheetCell);
        var numbers = Enumerable.Range(0, images.Count).ToDictionary(images.NameOf);
        var cells = nearest.Indices.Length + 1;
        var grid = new PictureGrid((cells + SheetColumns - 1) / SheetColumns, Math.Min(cells, SheetColumns), SheetCell);
        var pixels = new float[3 * SheetCell * SheetCell];
        query.Read(0, pixels);
        grid.Put(0, 0, query.ToRgb(pixels));
        for (var i = 0; i < nearest.Indices.Length; i++)
        {
            var name = index.Files[nearest.Indices[i]];
            if (!numbers.TryGetValue(name, out var number))
            {
                Console.Error.WriteLine($"warning: '{name}' is not in '{index.Origin.Images}' any more; its place stays white");
                continue;
            }
            images.Read(number, pixels);
            grid.Put((i + 1) / SheetColumns, (i + 1) % SheetColumns, images.ToRgb(pixels));
        }
        grid.Write(path);
    }
}
