using System.CommandLine;
using System.Globalization;
using Lockstep.Node.Evaluation.Pictures;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep visualize pca: which patches are alike.</summary>
internal static class VisualizePcaCommand
{
    public static Command Create()
    {
        var network = new NetworkOptions();
        var pictures = new PictureOptions("pca.png");
        var mask = new Option<bool>("--mask") { Description = "Takes one end of the first component for background, the one at the images' borders, and colours the rest by its own components." };
        var pca = new Command("pca", """
            Writes a picture: one row an image; the photo, its patches coloured by the first three principal components of the
            patch features of all images shown, then each component in grey. Equal colours: alike features.

            Example:
              lockstep visualize pca dino_deitsmall16_pretrain.pth --images photos --size 448 --mask
            """) { mask };
        network.AddTo(pca);
        pictures.AddTo(pca);
        pca.SetAction(parsed =>
        {
            using var model = network.Load(parsed);
            using var images = pictures.ImagesOf(model, parsed);
            var colours = PatchPicture.Write(pictures.OutputOf(parsed), model.Extractor, images, pictures.ChosenOf(images, parsed), PictureOptions.CellOf(images), parsed.GetValue(mask), LoadedModel.LeftOut);
            var shares = string.Join(", ", colours.Shares.Select(s => (100 * s).ToString("F1", CultureInfo.InvariantCulture)));
            var of = parsed.GetValue(mask) ? $" of {colours.Foreground.Count(f => f)} patches of {colours.Foreground.Count}" : "";
            Console.WriteLine($"wrote {pictures.OutputOf(parsed)}: the components explain {shares} % of the variance{of}");
            return 0;
        });
        return pca;
    }
}
