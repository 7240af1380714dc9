using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class RandomResizedCropTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 50)]
    [InlineData(50, 1)]
    [InlineData(3, 2)]
    [InlineData(2000, 10)]
    public void Draw_AnyImage_StaysInside(int width, int height)
    {
        for (var i = 0; i < 500; i++)
        {
            var chance = new Philox(ChanceDomain.Augment, 1, 0, (ulong)i);
            var box = RandomResizedCrop.Draw(Views.Local(32), width, height, ref chance);
            Assert.InRange(box.Width, 1, width);
            Assert.InRange(box.Height, 1, height);
            Assert.InRange(box.Left, 0, width - box.Width);
            Assert.InRange(box.Top, 0, height - box.Height);
        }
    }

    [Theory]
    [InlineData(1000, 10, 493, 0, 13, 10)] // wider than 4:3: 10 * 4/3 wide
    [InlineData(10, 1000, 0, 493, 10, 13)] // taller than 3:4: 10 / (3/4) high
    public void Draw_NothingFits_IsTheClampedCentre(int width, int height, int left, int top, int w, int h)
    {
        var chance = new Philox(ChanceDomain.Augment, 1, 0);
        var spec = Views.Global(32) with { ScaleMin = 0.9, ScaleMax = 1 };
        Assert.Equal(new CropBox(left, top, w, h), RandomResizedCrop.Draw(spec, width, height, ref chance));

        // Ten attempts of two numbers each came before it.
        var after = new Philox(ChanceDomain.Augment, 1, 0);
        for (var i = 0; i < 20; i++) after.NextDouble();
        Assert.Equal(after.NextDouble(), chance.NextDouble());
    }
}
