using Lockstep.Models;
using Lockstep.Node.Augment;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Images;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class ResamplerTests
{
    // The processor's own instructions and the portable code, on shapes whose last vectors are not full.
    [Theory]
    [InlineData(ResampleFilter.Bicubic, 61, 224)]
    [InlineData(ResampleFilter.Bicubic, 500, 96)]
    [InlineData(ResampleFilter.Bilinear, 224, 17)]
    [InlineData(ResampleFilter.Lanczos, 700, 5)]
    [InlineData(ResampleFilter.Bicubic, 224, 224)]
    public void Halves_BothWays_GiveTheSameBits(ResampleFilter filter, int from, int to)
    {
        if (!System.Runtime.Intrinsics.X86.Avx2.IsSupported) return; // one way only
        var weights = new ResampleWeights();
        weights.Compute(filter, from, to, 0, to);
        var pixels = Noise(4 * from * 3 + DecodedImage.SlackBytes);
        int[] rows = [0, from * 3, 2 * from * 3, 3 * from * 3];
        var stride = to * 3 + RowResampler.SlackBytes;
        int[] targets = [0, stride, 2 * stride, 3 * stride];
        foreach (var flip in (bool[])[false, true])
        {
            var (fast, portable) = (new byte[4 * stride], new byte[4 * stride]);
            RowResampler.RunAvx2(pixels, rows, weights, flip, fast, targets, to);
            RowResampler.RunPortable(pixels, rows, weights, flip, portable, targets, to);
            foreach (var at in targets) Assert.Equal(portable[at..(at + to * 3)], fast[at..(at + to * 3)]);
        }

        var columns = Noise((from + 4) * ColumnResampler.StepBytes);
        for (var output = 0; output < to; output++)
        {
            var offsets = Enumerable.Range(0, weights.GroupsOf(output) * ResampleWeights.Group).Select(tap => (weights.Starts[output] + tap) * ColumnResampler.StepBytes).ToArray();
            var (fast, portable) = (new byte[ColumnResampler.StepBytes], new byte[ColumnResampler.StepBytes]);
            ColumnResampler.RunAvx2(columns, offsets, weights, output, fast);
            ColumnResampler.RunPortable(columns, offsets, weights, output, portable);
            Assert.Equal(portable, fast);
        }
    }

    [Theory]
    [InlineData(ResampleFilter.Bicubic)]
    [InlineData(ResampleFilter.Bilinear)]
    [InlineData(ResampleFilter.Lanczos)]
    public void Weights_OfEveryOutput_SumToOne(ResampleFilter filter)
    {
        var weights = new ResampleWeights();
        foreach (var (from, to) in ((int, int)[])[(500, 96), (96, 224), (7, 3), (1, 9), (224, 224)])
        {
            weights.Compute(filter, from, to, 0, to);
            for (var i = 0; i < to; i++)
            {
                var sum = Enumerable.Range(0, weights.Counts[i]).Sum(tap => weights[i, tap]);
                Assert.InRange(sum, (1 << ResampleWeights.PrecisionBits) - weights.Counts[i], (1 << ResampleWeights.PrecisionBits) + weights.Counts[i]);
            }
        }
    }

    // Crops of other heights, sizes and filters before must leave no trace in the rows that are kept.
    [Fact]
    public void Resize_AfterOtherCrops_GivesTheSameBits()
    {
        var image = Pictures.FromRgb(Noise(90 * 300 * 3), 90, 300);
        var used = new Resampler();
        for (var i = 0; i < 60; i++)
        {
            var crop = new CropBox(i % 20, i % 30, 70 - i, 270 - 4 * i);
            var (size, filter) = (3 + 13 * i % 71, (ResampleFilter)(i % 3));
            var (expected, actual) = (new byte[3 * size * size], new byte[3 * size * size]);
            new Resampler().Resize(image, crop, size, size, i % 2 == 0, filter, expected);
            used.Resize(image, crop, size, size, i % 2 == 0, filter, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Resize_CropOutside_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        new Resampler().Resize(Pictures.FromRgb(new byte[300], 10, 10), new CropBox(5, 0, 6, 10), 4, 4, false, ResampleFilter.Bicubic, new byte[48]));

    private static byte[] Noise(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((uint)i * 2654435761 >> 13))];
}
