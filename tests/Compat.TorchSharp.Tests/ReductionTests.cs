using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class ReductionTests
{
    // 1 2 3
    // 4 5 9
    private static Tensor Table() => tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 9 } });

    [Fact]
    public void Sum_OverAllOrSomeDimensions()
    {
        Expect.Values(Table().sum(), 24);
        Expect.Values(Table().sum(dim: 0), 5, 7, 12);
        Expect.Values(Table().sum(-1, keepdim: true), 6, 18);
        Expect.Shape(Table().sum(-1, keepdim: true), 2, 1);
        Expect.Values(Table().sum(new long[] { 0, 1 }), 24);
        Assert.Equal(ScalarType.Float64, Table().sum(ScalarType.Float64).dtype);
        Assert.Equal(ScalarType.Int64, tensor(new[] { true, true }).sum().dtype);
    }

    [Fact]
    public void Mean_OverAllOrSomeDimensions()
    {
        Expect.Values(Table().mean(), 4);
        Expect.Values(Table().mean(new long[] { 1 }), 2, 6);
        Expect.Shape(Table().mean(new long[] { 0 }, keepdim: true), 1, 3);
    }

    [Fact]
    public void Extremes_ComeWithTheirPlaces()
    {
        Expect.Values(Table().max(), 9);
        Expect.Values(Table().min(), 1);
        var (values, indexes) = Table().max(1);
        Expect.Values(values, 3, 9);
        Expect.Longs(indexes, 2, 2);
        Expect.Longs(Table().argmax(), 5);
        Expect.Longs(Table().argmax(0), 1, 1, 1);
        Expect.Shape(Table().min(0, keepdim: true).values, 1, 3);
    }

    [Fact]
    public void Order_IsAscendingUnlessTold()
    {
        var x = tensor(new[] { 3f, 1f, 2f });
        Expect.Values(x.sort().Values, 1, 2, 3);
        Expect.Longs(x.sort(descending: true).Indices, 0, 2, 1);
        Expect.Longs(x.argsort(), 1, 2, 0);
        var (values, indexes) = x.topk(2);
        Expect.Values(values, 3, 2);
        Expect.Longs(indexes, 0, 2);
        Expect.Values(x.cumsum(0), 3, 4, 6);
    }

    [Fact]
    public void Norms_AreEuclideanUnlessTold()
    {
        var x = tensor(new[] { 3f, -4f });
        Expect.Values(x.norm(), 5);
        Expect.Values(x.norm(1f), 7);
        Expect.Values(x.view(1, 2).norm(1, keepdim: true), 5);
        Expect.Values(linalg.norm(x), 5);
        Expect.Values(linalg.vector_norm(x, 1), 7);
    }

    [Fact]
    public void Logic_ReducesBools()
    {
        var mask = tensor(new[,] { { true, false }, { true, true } });
        Expect.Bools(mask.all(), false);
        Expect.Bools(mask.any(), true);
        Expect.Bools(mask.all(1), false, true);
        Expect.Bools(mask.any(0, keepdim: true), true, true);
    }

    [Fact]
    public void Softmax_SumsToOne()
    {
        var x = tensor(new[] { 0f, MathF.Log(2), MathF.Log(5) });
        Expect.Values(x.softmax(0), 0.125f, 0.25f, 0.625f);
        Expect.Values(x.log_softmax(-1), MathF.Log(0.125f), MathF.Log(0.25f), MathF.Log(0.625f));
        Assert.Equal(ScalarType.Float32, x.to(bfloat16).softmax(0, float32).dtype);
    }

    [Fact]
    public void Eigh_OfASymmetricMatrix_IsAscendingWithColumns()
    {
        var matrix = tensor(new float[,] { { 2, 1 }, { 1, 2 } });
        var (values, vectors) = linalg.eigh(matrix);
        Expect.Values(values, 1, 3);
        Expect.Values(matmul(matrix, vectors) - vectors * values, 0, 0, 0, 0);
        Expect.Values(matmul(vectors.t(), vectors), 1, 0, 0, 1);
        var (upper, _) = linalg.eigh(tensor(new float[,] { { 2, 1 }, { 99, 2 } }), 'U'); // the lower triangle is not read
        Expect.Values(upper, 1, 3);
    }
}
