using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Compat.TorchSharp.Tests;

public sealed class FunctionalTests
{
    private static Tensor Of(params float[] values) => tensor(values);

    private static Tensor Image(long size) => arange(size * size, dtype: float32).view(1, 1, size, size);

    [Fact]
    public void Linear_IsXTimesWTransposedPlusB()
    {
        var weight = Of(1, 2, 3, 4).view(2, 2);
        Expect.Values(functional.linear(Of(1, 1).view(1, 2), weight), 3, 7);
        Expect.Values(functional.linear(Of(1, 1).view(1, 2), weight, Of(10, 20)), 13, 27);
    }

    [Fact]
    public void LayerNorm_HasMeanZeroAndVarianceOne()
    {
        var x = Of(1, 3).view(1, 2);
        Expect.Values(functional.layer_norm(x, [2], eps: 0), -1, 1);
        Expect.Values(functional.layer_norm(x, [2], Of(2, 2), Of(1, 1), eps: 0), -1, 3);
    }

    [Fact]
    public void GroupNorm_OfOneGroup_NormalizesAll() =>
        Expect.Values(functional.group_norm(Of(1, 3).view(1, 2, 1), 1, eps: 0), -1, 1);

    [Fact]
    public void BatchNorm_TrainsOrUsesItsStatistics()
    {
        var x = Of(1, 3).view(2, 1);
        var mean = zeros(1);
        var variance = ones(1);
        Expect.Values(functional.batch_norm(x, mean, variance, training: true, momentum: 0.5, eps: 0), -1, 1);
        Expect.Values(mean, 1);
        Expect.Values(variance, 1.5f);
        Expect.Values(functional.batch_norm(x, zeros(1), full(1, 4f), eps: 0), 0.5f, 1.5f);
    }

    [Fact]
    public void Activations_KnownValues()
    {
        Expect.Values(functional.gelu(Of(0, 1, -1)), 0, 0.84134475f, -0.15865525f);
        Expect.Values(functional.relu(Of(-1, 2)), 0, 2);
        Expect.Values(Of(0, 1).silu(), 0, 0.73105858f);
        Expect.Values(functional.softmax(Of(0, 0), 0), 0.5f, 0.5f);
        Expect.Values(functional.log_softmax(Of(0, 0), 0), -0.69314718f, -0.69314718f);
    }

    [Fact]
    public void Conv2d_SlidesTheKernel()
    {
        var kernel = ones(1, 1, 2, 2);
        Expect.Values(functional.conv2d(Image(3), kernel), 8, 12, 20, 24);
        Expect.Values(functional.conv2d(Image(4), kernel, Of(1), strides: [2, 2]), 11, 19, 43, 51);
        Expect.Shape(functional.conv2d(Image(3), kernel, padding: [1, 1]), 1, 1, 4, 4);
    }

    [Fact]
    public void Pools_TakeTheirWindows()
    {
        Expect.Values(functional.avg_pool2d(Image(4), 2), 2.5f, 4.5f, 10.5f, 12.5f);
        Expect.Values(functional.max_pool2d(Image(4), 2), 5, 7, 13, 15);
        Expect.Shape(functional.max_pool2d(Image(4), 3, stride: 2, padding: 1), 1, 1, 2, 2);
        Expect.Values(functional.adaptive_avg_pool2d(Image(4), 1), 7.5f);
        Expect.Shape(functional.adaptive_avg_pool2d(Image(4), (2, 4)), 1, 1, 2, 4);
    }

    [Fact]
    public void Interpolate_Resizes()
    {
        Expect.Values(functional.interpolate(Image(2), scale_factor: [2, 2])[0, 0, 0], 0, 0, 1, 1);
        Expect.Values(
            functional.interpolate(Image(2), size: [2, 4], mode: InterpolationMode.Bilinear, align_corners: false)[0, 0, 0],
            0, 0.25f, 0.75f, 1);
        Expect.Values(
            functional.interpolate(Image(2), size: [3, 3], mode: InterpolationMode.Bilinear, align_corners: true)[0, 0, 1],
            1, 1.5f, 2);
        Expect.Shape(functional.interpolate(Image(4), size: [7, 7], mode: InterpolationMode.Bicubic), 1, 1, 7, 7);
    }

    [Fact]
    public void Normalize_DividesByTheNorm()
    {
        Expect.Values(functional.normalize(Of(3, 4).view(1, 2)), 0.6f, 0.8f);
        Expect.Values(functional.normalize(Of(3, 4).view(2, 1), dim: 0), 0.6f, 0.8f);
        Expect.Values(functional.normalize(zeros(1, 2)), 0, 0);
    }

    [Fact]
    public void Losses_KnownValues()
    {
        var target = tensor(new[] { 1L });
        Expect.Values(functional.cross_entropy(Of(0, 0).view(1, 2), target), 0.69314718f);
        Expect.Values(functional.mse_loss(Of(1, 2), Of(0, 0)), 2.5f);
        Expect.Values(functional.mse_loss(Of(1, 2), Of(0, 0), Reduction.Sum), 5);
        Expect.Values(functional.mse_loss(Of(1, 2), Of(0, 0), Reduction.None), 1, 4);
        Expect.Values(functional.smooth_l1_loss(Of(0.5f, 3), Of(0, 0), Reduction.None), 0.125f, 2.5f);
        Expect.Values(functional.smooth_l1_loss(Of(1), Of(0), beta: 2.0), 0.25f);
    }

    [Fact]
    public void Dropout_OnlyInTraining()
    {
        Expect.Values(functional.dropout(ones(4), 0.5, training: false), 1, 1, 1, 1);
        var dropped = functional.dropout(ones(1000), 0.5);
        Assert.True(((dropped == 0) | (dropped == 2)).all().item<bool>());
    }

    [Fact]
    public void Rearrangements_KnownValues()
    {
        Expect.Longs(functional.one_hot(tensor(new[] { 1L, 0L }), 3), 0, 1, 0, 1, 0, 0);
        Expect.Values(functional.pad(Of(1, 2), [1, 1], value: 9), 9, 1, 2, 9);
        Expect.Values(functional.pad(Of(1, 2, 3).view(1, 3), [1, 1], PaddingModes.Reflect), 2, 1, 2, 3, 2);
        Expect.Values(functional.unfold(Image(3), 2)[0, TensorIndex.Colon, 0], 0, 1, 3, 4);
        Expect.Values(functional.pixel_shuffle(Of(1, 2, 3, 4).view(1, 4, 1, 1), 2), 1, 2, 3, 4);
    }
}
