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

    private static Tensor Crop(int value, int side) => full([2, 3, side, side], value, dtype: ScalarType.Float32);
}
