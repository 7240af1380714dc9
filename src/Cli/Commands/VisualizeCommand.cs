using System.CommandLine;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep visualize attention: what the backbone looks at.</summary>
internal static class VisualizeCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = WeightsOptions.Argument };
        var weights = new WeightsOptions();
        var images = new Option<string>("--images") { Description = "A folder of images; class folders are not needed.", Required = true };
        var output = new Option<string>("--output") { Description = "PNG file to write.", DefaultValueFactory = _ => "attention.png" };
        var count = new Option<int>("--count") { Description = "Images to show, spread over the folder.", DefaultValueFactory = _ => 8 };
        var attention = new Command("attention", """
            Writes a picture: one row an image; the photo, then each head's attention of the class token in the last block.

            Example:
              lockstep visualize attention runs/demo/training --images runs/demo/samples/test --output attention.png
            """) { checkpoint, images, output, count };
        weights.AddTo(attention);
        count.Require(n => n >= 1, "--count must be a number, at least 1");
        attention.SetAction(parsed =>
        {
            using var model = LoadedModel.FromCheckpoint(parsed.GetValue(checkpoint)!, "teacher", weights.Of(parsed));
            using var labelled = model.Images(parsed.GetValue(images)!, needLabels: false);
            try
            {
                Write(model, labelled, parsed.GetValue(output)!, parsed.GetValue(count));
            }
            catch (NotSupportedException e)
            {
                throw new DataException(e.Message); // of a network without attention
            }
            Console.WriteLine($"wrote {parsed.GetValue(output)}");
            return 0;
        });
        return new Command("visualize", "Makes pictures of what a checkpoint has learned.") { attention };
    }

    internal static void Write(LoadedModel model, LabelledImages images, string path, int count)
    {
        count = Math.Min(count, images.Count);
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        var spread = Enumerable.Range(0, count).Select(i => (int)((i + 0.5) * images.Count / count)).ToList();
        AttentionPicture.Write(path, model.Extractor, images, spread, cell: 128);
    }
}
