using Lockstep.Node.Samples;
using Xunit;

namespace Lockstep.Node.Tests.Samples;

public sealed class SampleClassTests
{
    [Fact]
    public void All_NeedsShapeAndTexture()
    {
        Assert.Equal(10, SampleClass.All.Count);
        Assert.Equal(10, SampleClass.All.Select(c => (c.Shape, c.Texture)).Distinct().Count());
        Assert.All(SampleClass.All.CountBy(c => c.Shape), group => Assert.Equal(2, group.Value));
        Assert.All(SampleClass.All.CountBy(c => c.Texture), group => Assert.Equal(2, group.Value));
    }

    [Fact]
    public void Name_SortsByIndex()
    {
        Assert.Equal("03-ringed-cross", SampleClass.All[3].Name);
        var names = SampleClass.All.Select(c => c.Name).ToArray();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.All(SampleClass.All, (c, i) => Assert.Equal(i, c.Index));
    }

    [Theory]
    [InlineData(SampleShape.Disc)]
    [InlineData(SampleShape.Square)]
    [InlineData(SampleShape.Triangle)]
    [InlineData(SampleShape.Cross)]
    [InlineData(SampleShape.Star)]
    public void Outline_AnyShape_HasLikeAreaInsideItsCircle(SampleShape shape)
    {
        const double step = 0.01;
        var inside = 0;
        for (var x = -1.5; x < 1.5; x += step)
        {
            for (var y = -1.5; y < 1.5; y += step)
            {
                if (!Outline.Contains(shape, x, y)) continue;
                inside++;
                Assert.True(x * x + y * y < 1.25 * 1.25, $"{shape} at ({x}, {y})");
            }
        }
        Assert.InRange(inside * step * step, 1.6, 2.8);
    }
}
