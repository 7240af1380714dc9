using System.CommandLine;
using Lockstep.Node.Evaluation;

namespace Lockstep.Cli.Commands;

/// <summary>--images, --output, --count and --size, of commands that make a picture of some images.</summary>
internal sealed class PictureOptions(string output)
{
    private const int SmallestCell = 128, LargestCell = 480;

    private readonly Option<string> _images = new("--images") { Description = "A folder of images; class folders are not needed.", Required = true };
    private readonly Option<string> _output = new("--output") { Description = "PNG file to write.", DefaultValueFactory = _ => output };
    private readonly Option<int> _count = new("--count") { Description = "Images to show, spread over the folder.", DefaultValueFactory = _ => 8 };
    private readonly Option<int?> _size = new("--size") { Description = "Side of the images that the network sees, pixels; its own when not given. A larger one shows more patches (the original's attention pictures: 480)." };

    public void AddTo(Command command)
    {
        _output.Require(o => o.EndsWith(".png", StringComparison.OrdinalIgnoreCase), "--output must end in .png");
        _count.Require(n => n >= 1, "--count must be a number, at least 1");
        _size.Require(n => n is >= 1 and <= 4096, "--size must be a number between 1 and 4096");
        command.Add(_images);
        command.Add(_output);
        command.Add(_count);
        command.Add(_size);
    }

    public string OutputOf(ParseResult parsed) => parsed.GetValue(_output)!;

    public LabelledImages ImagesOf(LoadedModel model, ParseResult parsed) => model.Pictures(parsed.GetValue(_images)!, parsed.GetValue(_size));

    public IReadOnlyList<int> ChosenOf(LabelledImages images, ParseResult parsed) => Spread(images, parsed.GetValue(_count));

    /// <summary>So many images, evenly spread.</summary>
    public static IReadOnlyList<int> Spread(LabelledImages images, int count)
    {
        count = Math.Min(count, images.Count);
        return [.. Enumerable.Range(0, count).Select(i => (int)((i + 0.5) * images.Count / count))];
    }

    /// <summary>Side of a picture in a grid, pixels: as the network sees it, within reason.</summary>
    public static int CellOf(LabelledImages images) => Math.Clamp(images.ImageSize, SmallestCell, LargestCell);
}
