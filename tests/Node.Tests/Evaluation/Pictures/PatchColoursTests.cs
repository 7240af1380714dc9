using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Pictures;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Pictures;

public sealed class PatchColoursTests
{
    // Two images of 4 x 4 patches: the middle 2 x 2 lie far from the rest on the first axis and differ from each other on others.
    private static readonly FeatureSet s_patches = new([.. Enumerable.Range(0, 32).SelectMany(Feature)], new int[32]);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Of_Masked_LeavesOutTheBorderWhateverTheSign(int sign)
    {
        var colours = PatchColours.Of(new FeatureSet([.. s_patches.Values.ToArray().Select(v => sign * v)], new int[32]), 4, 4, mask: true);
        Assert.Equal(Enumerable.Range(0, 32).Select(Inside), colours.Foreground);
        Assert.All(colours.Rgb(0, 5), value => Assert.Equal(0, value)); // the first row and one more
        Assert.Contains(colours.Rgb(5, 1), value => value > 0);
    }

    [Fact]
    public void Of_AlikePatches_HaveOneColour()
    {
        var colours = PatchColours.Of(s_patches, 4, 4, mask: false);
        Assert.All(colours.Foreground, Assert.True);
        Assert.Equal(colours.Rgb(0, 1), colours.Rgb(16 + 3, 1)); // borders of two images
        Assert.NotEqual(colours.Rgb(0, 1), colours.Rgb(5, 1));
        var grey = colours.Rgb(5, 1, component: 0);
        Assert.Equal([grey[0], grey[0], grey[0]], grey);
        Assert.Equal(colours.Rgb(5, 1)[0], grey[0]);
    }

    private static bool Inside(int patch) => patch % 16 is 5 or 6 or 9 or 10;

    private static float[] Feature(int patch) => Inside(patch) ? [10, patch % 4, patch % 3, patch % 16 * 0.3f, 0] : [0, 0, 0, 0, 0];
}
