using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class CreationTests
{
    [Fact]
    public void Filled_WithShape_HoldsTheValue()
    {
        Expect.Values(zeros(2, 2), 0, 0, 0, 0);
        Expect.Values(ones(3), 1, 1, 1);
        Expect.Values(full(2, 2.5f), 2.5f, 2.5f);
        Expect.Shape(empty(2, 3, 4), 2, 3, 4);
        Expect.Shape(zeros(new long[] { 1, 2, 3, 4, 5 }), 1, 2, 3, 4, 5);
        Assert.Equal(ScalarType.Float32, zeros(1).dtype);
        Assert.Equal(ScalarType.BFloat16, zeros(1, dtype: bfloat16).dtype);
    }

    [Fact]
    public void Full_OfAWholeNumber_IsLong()
    {
        Assert.Equal(ScalarType.Int64, full(2, 3).dtype);
        Assert.Equal(ScalarType.Float32, full(2, 3, dtype: float32).dtype);
    }

    [Fact]
    public void Arange_OfWholeNumbers_IsLong()
    {
        Expect.Longs(arange(4), 0, 1, 2, 3);
        Expect.Longs(arange(1, 7, 2), 1, 3, 5);
        Expect.Values(arange(0, 1, 0.25), 0, 0.25f, 0.5f, 0.75f);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.25).dtype);
        Assert.Equal(ScalarType.Float32, arange(3, dtype: float32).dtype);
    }

    [Fact]
    public void Linspace_IncludesBothEnds() => Expect.Values(linspace(0, 1, 5), 0, 0.25f, 0.5f, 0.75f, 1);

    [Fact]
    public void Eye_HasOnesOnTheDiagonal() => Expect.Values(eye(2, 3), 1, 0, 0, 0, 1, 0);

    [Fact]
    public void Tensor_FromArrays_TakesTheirTypeAndCopies()
    {
        var source = new[] { 1f, 2f, 3f, 4f };
        var copy = tensor(source, new long[] { 2, 2 });
        source[0] = 9;
        Expect.Values(copy, 1, 2, 3, 4);
        Expect.Shape(copy, 2, 2);
        Assert.Equal(ScalarType.Int64, tensor(new[] { 1L, 2L }).dtype);
        Assert.Equal(ScalarType.Float64, tensor(new[] { 1.0 }).dtype);
        Assert.Equal(ScalarType.Int32, tensor(new[] { 1 }).dtype);
        Expect.Bools(tensor(new[] { true, false }), true, false);
        Expect.Shape(tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } }), 2, 3);
        Assert.Equal(ScalarType.Float32, tensor(new[] { 1L }, dtype: float32).dtype);
    }

    [Fact]
    public void Tensor_FromOneNumber_HasNoDimensions()
    {
        Assert.Equal(0, tensor(1.5f).ndim);
        Assert.Equal(1.5f, tensor(1.5f).item<float>());
        Assert.Equal(7L, tensor(7L).item<long>());
        Assert.True(tensor(true).item<bool>());
    }

    [Fact]
    public void Tensor_ShapeLargerThanTheArray_Throws() =>
        Assert.Throws<ArgumentException>(() => tensor(new[] { 1f, 2f }, new long[] { 3 }));

    [Fact]
    public void Likes_TakeShapeAndType()
    {
        var template = zeros(2, 3, dtype: float64);
        Assert.Equal(ScalarType.Float64, ones_like(template).dtype);
        Expect.Shape(randn_like(template), 2, 3);
        Assert.Equal(ScalarType.Int64, zeros_like(template, dtype: int64).dtype);
        Expect.Values(full_like(ones(2), 3), 3, 3);
    }

    [Fact]
    public void Random_SameSeed_SameNumbers()
    {
        lock (typeof(torch)) // the default generator is one for all threads
        {
            manual_seed(7);
            var first = randn(100);
            manual_seed(7);
            var second = randn(100);
            Expect.SameBits(first, second);
            random.manual_seed(7);
            Expect.SameBits(first, randn(100));
        }

        var uniform = rand(1000);
        Assert.InRange(uniform.min().item<float>(), 0f, 0.05f);
        Assert.InRange(uniform.max().item<float>(), 0.95f, 1f);
    }

    [Fact]
    public void Randperm_IsAPermutation() => Expect.Longs(randperm(5).sort().Values, 0, 1, 2, 3, 4);
}
