using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class ViewTests
{
    private static Tensor Numbers(params long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        return arange(count, dtype: float32).view(shape);
    }

    [Fact]
    public void Views_ShareTheStorage()
    {
        var flat = zeros(6);
        flat.view(2, 3)[1, 0] = 5f;
        flat.narrow(0, 0, 2).fill_(1);
        flat.slice(0, 4, 6, 1).add_(2);
        flat.view(3, 2).transpose(0, 1).select(0, 0).select(0, 1).mul_(10);
        Expect.Values(flat, 1, 1, 0, 5, 2, 2);
    }

    [Fact]
    public void View_OfScatteredMemory_Throws()
    {
        var transposed = Numbers(2, 3).t();
        Assert.False(transposed.is_contiguous());
        Assert.ThrowsAny<Exception>(() => transposed.view(6));
        Expect.Values(transposed.reshape(6), 0, 3, 1, 4, 2, 5);
        Assert.True(transposed.contiguous().is_contiguous());
    }

    [Fact]
    public void Permute_MovesTheDimensions()
    {
        var moved = Numbers(2, 3, 4).permute(2, 0, 1);
        Expect.Shape(moved, 4, 2, 3);
        Assert.Equal(new long[] { 1, 12, 4 }, moved.stride());
        Assert.Equal(23f, moved[3, 1, 2].item<float>());
    }

    [Fact]
    public void Flatten_JoinsARange()
    {
        Expect.Shape(Numbers(2, 3, 4).flatten(), 24);
        Expect.Shape(Numbers(2, 3, 4).flatten(1), 2, 12);
        Expect.Shape(Numbers(2, 3, 4).flatten(0, 1), 6, 4);
    }

    [Fact]
    public void Squeeze_DropsDimensionsOfOne()
    {
        var tensor = zeros(1, 2, 1, 3);
        Expect.Shape(tensor.squeeze(), 2, 3);
        Expect.Shape(tensor.squeeze(0), 2, 1, 3);
        Expect.Shape(tensor.squeeze(1), 1, 2, 1, 3);
        Expect.Shape(tensor.unsqueeze(-1), 1, 2, 1, 3, 1);
    }

    [Fact]
    public void Expand_RepeatsWithoutMemory()
    {
        var row = Numbers(1, 2);
        var wide = row.expand(3, 2);
        Assert.Equal(new long[] { 0, 1 }, wide.stride());
        Expect.Values(wide, 0, 1, 0, 1, 0, 1);
        Expect.Shape(row.expand(-1, -1), 1, 2);
        Expect.Shape(row.expand_as(zeros(4, 2)), 4, 2);
        Expect.Values(Numbers(2).repeat(2, 2), 0, 1, 0, 1, 0, 1, 0, 1);
    }

    [Fact]
    public void Parts_AreViews()
    {
        var tensor = Numbers(4, 2);
        tensor.chunk(2)[1].zero_();
        Expect.Values(tensor, 0, 1, 2, 3, 0, 0, 0, 0);
        Assert.Equal(3, tensor.split(new long[] { 1, 2, 1 }).Length);
        Expect.Shape(tensor.split(3)[1], 1, 2);
        Expect.Values(tensor.unbind(1)[1], 1, 3, 0, 0);
    }

    [Fact]
    public void Alias_IsTheSameTensor()
    {
        var tensor = zeros(2);
        var alias = tensor.alias();
        tensor.Dispose();
        Assert.True(tensor.IsInvalid);
        alias.add_(1);
        Expect.Values(alias, 1, 1);
    }

    [Fact]
    public void Properties_TellTheShape()
    {
        var tensor = zeros(2, 3);
        Assert.Equal(2, tensor.ndim);
        Assert.Equal(2, tensor.dim());
        Assert.Equal(6, tensor.numel());
        Assert.Equal(6, tensor.NumberOfElements);
        Assert.Equal(4, tensor.ElementSize);
        Assert.Equal(3, tensor.size(-1));
        Assert.Equal(new long[] { 2, 3 }, tensor.size());
        Assert.Equal(DeviceType.CPU, tensor.device_type);
        Assert.Equal("cpu", tensor.device.ToString());
        Assert.Contains("2", tensor.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Joins_MakeNewTensors()
    {
        var tensor = Numbers(2);
        Expect.Values(cat([tensor, tensor + 2]), 0, 1, 2, 3);
        Expect.Shape(stack([tensor, tensor], dim: 1), 2, 2);
        Expect.Values(stack([tensor, tensor], dim: 1), 0, 0, 1, 1);
        Expect.Values(Numbers(4).flip(0), 3, 2, 1, 0);
        Expect.Values(Numbers(4).roll(1, 0), 3, 0, 1, 2);
    }
}
