using Lockstep.Node.Samples;
using Xunit;

namespace Lockstep.Node.Tests.Samples;

public sealed class SampleImageTests
{
    private const int Size = 32;

    [Fact]
    public void Render_SameArguments_GivesSameBytes()
    {
        var first = Render(3, 7, 1);
        Render(5, 2, 9); // whatever is drawn between them
        Assert.Equal(first, Render(3, 7, 1));
    }

    [Theory]
    [InlineData(4, 7, 1UL)]
    [InlineData(3, 8, 1UL)]
    [InlineData(3, 7, 2UL)]
    public void Render_OneArgumentDiffers_GivesAnotherPicture(int sampleClass, int index, ulong seed) =>
        Assert.NotEqual(Render(3, 7, 1), Render(sampleClass, index, seed));

    [Fact]
    public void Render_AnyClass_IsNeitherFlatNorClipped()
    {
        foreach (var sampleClass in SampleClass.All)
        {
            var rgb = Render(sampleClass.Index, 0, 0);
            Assert.True(rgb.Distinct().Count() > 32, sampleClass.Name);
            Assert.True(rgb.Count(value => value is 0 or 255) < rgb.Length / 2, sampleClass.Name);
        }
    }

    [Fact]
    public void Render_BadArguments_Throws()
    {
        var rgb = new byte[SampleImage.SizeBytes(Size)];
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleImage.Render(10, 0, 0, Size, rgb));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleImage.Render(-1, 0, 0, Size, rgb));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleImage.Render(0, -1, 0, Size, rgb));
        Assert.Throws<ArgumentException>(() => SampleImage.Render(0, 0, 0, Size + 1, rgb));
    }

    private static byte[] Render(int sampleClass, int index, ulong seed)
    {
        var rgb = new byte[SampleImage.SizeBytes(Size)];
        SampleImage.Render(sampleClass, index, seed, Size, rgb);
        return rgb;
    }
}
