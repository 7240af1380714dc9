using System.CommandLine;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Pictures;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep visualize attention: what the backbone looks at.</summary>
internal static class VisualizeAttentionCommand
{
    public static Command Create()
    {
        var network = new NetworkOptions();
        var pictures = new PictureOptions("attention.png");
        var threshold = new Option<double?>("--threshold") { Description = "Shows the patches that hold this share of a head's attention (0.6 in the paper) in place of heat maps." };
        threshold.Require(t => t is > 0 and <= 1, "--threshold must be above 0 and at most 1");
        var attention = new Command("attention", """
            Writes a picture: one row an image; the photo, the mean of the last block's heads, then each head: what the class token attends to.

            Examples:
              lockstep visualize attention runs/demo/training --images runs/demo/samples/test --output attention.png
              lockstep visualize attention dino_deitsmall16_pretrain.pth --images photos --size 480 --threshold 0.6
            """) { threshold };
        network.AddTo(attention);
        pictures.AddTo(attention);
        attention.SetAction(parsed =>
        {
            using var model = network.Load(parsed);
            using var images = pictures.ImagesOf(model, parsed);
            try
            {
                AttentionPicture.Write(pictures.OutputOf(parsed), model.Extractor, images, pictures.ChosenOf(images, parsed), PictureOptions.CellOf(images), LoadedModel.LeftOut, parsed.GetValue(threshold));
            }
            catch (NotSupportedException e)
            {
                throw new DataException(e.Message); // of a network without attention
            }
            Console.WriteLine($"wrote {pictures.OutputOf(parsed)}");
            return 0;
        });
        return attention;
    }

    internal static void Write(LoadedModel model, LabelledImages images, string path, int count) =>
        AttentionPicture.Write(path, model.Extractor, images, PictureOptions.Spread(images, count), PictureOptions.CellOf(images), LoadedModel.LeftOut);
}
