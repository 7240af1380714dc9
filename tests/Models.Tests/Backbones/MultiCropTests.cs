using Lockstep.Models.Backbones;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Backbones;

public sealed class MultiCropTests
{
    [Fact]
    public void Forward_TwoSizes_RunsTwicePassesAndKeepsTheOrder()
    {
        using var scope = NewDisposeScope();
        Tensor[] crops = [Crop(0, 8), Crop(1, 8), Crop(2, 4), Crop(3, 4), Crop(4, 4)];
        var passes = new List<(int Pass, long Rows)>();
        var features = MultiCrop.Forward(crops, (batch, pass) =>
        {
            passes.Add((pass, batch.shape[0]));
            return batch.narrow(2, 0, 1).narrow(3, 0, 1).reshape(batch.shape[0], -1);
        });
        Assert.Equal([(0, 4L), (1, 6L)], passes);
        Assert.Equal([0f, 0, 1, 1, 2, 2, 3, 3, 4, 4], features.narrow(1, 0, 1).contiguous().data<float>().ToArray());
    }

    [Theory]
    [InlineData(2, 224, 224, 96, 96)]
    [InlineData(1, 224, 224)]
    [InlineData(3, 224, 96, 224)]
    [InlineData(1, 96, 96, 96)]
    public void Passes_AreTheRunsOfEqualSizes(int expected, params int[] sizes) => Assert.Equal(expected, MultiCrop.Passes(sizes));

    private static Tensor Crop(int value, int side) => full([2, 3, side, side], value, dtype: ScalarType.Float32);
}
