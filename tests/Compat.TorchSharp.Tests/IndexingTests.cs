using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class IndexingTests
{
    // 0 1 2 3
    // 4 5 6 7
    // 8 9 10 11
    private static Tensor Table() => arange(12, dtype: float32).view(3, 4);

    [Fact]
    public void Number_DropsADimension()
    {
        Expect.Values(Table()[1], 4, 5, 6, 7);
        Expect.Values(Table()[-1], 8, 9, 10, 11);
        Assert.Equal(6f, Table()[1, 2].item<float>());
    }

    [Fact]
    public void Slice_KeepsTheDimension()
    {
        Expect.Values(Table()[TensorIndex.Colon, 0], 0, 4, 8);
        Expect.Values(Table()[.., 1], 1, 5, 9);
        Expect.Values(Table()[1..3, 0], 4, 8);
        Expect.Values(Table()[.., ^1], 3, 7, 11);
        Expect.Values(Table()[0, TensorIndex.Slice(null, null, 2)], 0, 2);
        Expect.Values(Table()[0, TensorIndex.Slice(-2)], 2, 3);
        Expect.Shape(Table()[TensorIndex.None], 1, 3, 4);
        Expect.Values(Table()[TensorIndex.Ellipsis, 0], 0, 4, 8);
    }

    [Fact]
    public void Tensor_PicksACopy()
    {
        var table = Table();
        var rows = tensor(new[] { 2L, 0L });
        var picked = table[TensorIndex.Tensor(rows)];
        Expect.Values(picked, 8, 9, 10, 11, 0, 1, 2, 3);
        picked.zero_();
        Assert.Equal(11f, table[2, 3].item<float>());
        Expect.Values(table.index(TensorIndex.Colon, TensorIndex.Tensor(tensor(new[] { 3L }))), 3, 7, 11);
        Expect.Values(table[TensorIndex.Tensor(table > 9)], 10, 11);
    }

    [Fact]
    public void Assignment_WritesThroughTheIndex()
    {
        var table = Table();
        table[0] = zeros(4);
        table[1, 2] = 60f;
        table[TensorIndex.Colon, 3] = tensor(new[] { -1f, -2f, -3f });
        Expect.Values(table, 0, 0, 0, -1, 4, 5, 60, -2, 8, 9, 10, -3);
        table[TensorIndex.Tensor(table > 9)] = 1f;
        Expect.Values(table[2], 8, 9, 1, -3);
        table.index_put_(zeros(2), TensorIndex.Tensor(tensor(new[] { 1L, 2L })), TensorIndex.Tensor(tensor(new[] { 0L, 0L })));
        Expect.Values(table[TensorIndex.Colon, 0], 0, 0, 0);
    }

    [Fact]
    public void View_ByIndex_SharesTheStorage()
    {
        var table = Table();
        table[TensorIndex.Colon, 1..2].zero_();
        Expect.Values(table[TensorIndex.Colon, 1], 0, 0, 0);
    }

    [Fact]
    public void TooManyOrTooLarge_Throw()
    {
        Assert.ThrowsAny<Exception>(() => Table()[3]);
        Assert.ThrowsAny<Exception>(() => Table()[0, 0, 0]);
    }

    [Fact]
    public void Selection_ByIndexTensors()
    {
        var table = Table();
        Expect.Values(table.index_select(1, tensor(new[] { 3L, 0L }))[0], 3, 0);
        Expect.Values(table.gather(1, tensor(new[] { 0L, 1L, 2L }).view(3, 1)), 0, 5, 10);
        var target = zeros(2, 3);
        target.scatter_(1, tensor(new[] { 2L, 0L }).view(2, 1), ones(2, 1));
        Expect.Values(target, 0, 0, 1, 1, 0, 0);
        Expect.Values(tensor(new[] { 1f, 2f }).masked_fill(tensor(new[] { true, false }), -1), -1, 2);
        Expect.Values(where(tensor(new[] { true, false }), ones(2), zeros(2)), 1, 0);
        Expect.Values(table.masked_select(table > 9), 10, 11);
    }
}
