using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class DataTests
{
    [Fact]
    public void Bytes_AreTheTensorsMemory()
    {
        var x = tensor(new[] { 1f, 2f, 3f });
        Assert.Equal(12, x.bytes.Length);
        var floats = MemoryMarshal.Cast<byte, float>(x.bytes);
        Assert.Equal(2f, floats[1]);
        floats[1] = 20f;
        Expect.Values(x, 1, 20, 3);
        var part = MemoryMarshal.Cast<byte, float>(x.narrow(0, 1, 2).bytes);
        Assert.Equal(2, part.Length);
        part[1] = 30f;
        Expect.Values(x, 1, 20, 30);
    }

    [Fact]
    public void Bytes_Set_CopiesAll()
    {
        var x = zeros(2, dtype: bfloat16);
        var saved = tensor(new[] { 1.5f, -2f }).to(bfloat16).bytes.ToArray();
        x.bytes = saved;
        Expect.Values(x, 1.5f, -2);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
    }

    [Fact]
    public void Bytes_OfScatteredMemory_Throw() =>
        Assert.ThrowsAny<Exception>(() => zeros(2, 3).t().bytes.Length);

    [Fact]
    public void Item_WantsTheExactType()
    {
        Assert.Equal(2.5f, tensor(2.5f).item<float>());
        Assert.Equal(3L, tensor(new[] { 3L }).item<long>());
        Assert.Throws<ArgumentException>(() => tensor(2.5f).item<double>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
    }

    [Fact]
    public void To_Numbers_ConvertAnyType()
    {
        Assert.Equal(2.5, tensor(2.5f).ToDouble());
        Assert.Equal(2.5f, tensor(2.5f).to(bfloat16).ToSingle());
        Assert.Equal(7, tensor(7L).ToInt32());
        Assert.Equal(7L, tensor(7).ToInt64());
        Assert.True(tensor(true).ToBoolean());
        Assert.Equal(2.5, tensor(2.5f).ToScalar().ToDouble());
    }

    [Fact]
    public void Data_ReadsInTheOrderOfIndices()
    {
        var x = arange(6, dtype: float32).view(2, 3).t();
        Assert.Equal(new float[] { 0, 3, 1, 4, 2, 5 }, x.data<float>().ToArray());
        Assert.Equal(6, x.data<float>().Count);
        Assert.Equal(4f, x.data<float>()[3]);
        Assert.Equal(5f, x.data<float>()[2, 1]);
        Assert.Equal(15f, x.data<float>().Sum());
        var copy = new float[6];
        x.contiguous().data<float>().CopyTo(copy);
        Assert.Equal(3f, copy[1]);
        Assert.Throws<ArgumentException>(() => x.data<int>());
    }

    [Fact]
    public void Clone_IsIndependent()
    {
        var x = ones(2);
        var y = x.clone();
        x.add_(1);
        Expect.Values(y, 1, 1);
    }

    [Fact]
    public void To_SameType_IsTheSameMemoryUnlessCopied()
    {
        var x = ones(2);
        x.to(float32).add_(1);
        Expect.Values(x, 2, 2);
        x.to(float32, copy: true).add_(1);
        Expect.Values(x, 2, 2);
        Assert.Equal(ScalarType.Float64, x.to(float64).dtype);
        Assert.Equal(ScalarType.BFloat16, x.bfloat16().dtype);
        Assert.Equal(ScalarType.Float32, x.bfloat16().@float().dtype);
        Assert.Equal(DeviceType.CPU, x.cpu().device_type);
        Assert.Equal(DeviceType.CPU, x.to(CPU).device_type);
    }

    [Fact]
    public void Errors_OfLibtorch_AreExternalExceptionsWithItsMessage()
    {
        // Not so of every operator: TorchSharp 0.107 lets matmul's end the process.
        var error = Assert.ThrowsAny<ExternalException>(() => ones(2, 3).add(ones(2, 4)));
        Assert.Contains("size of tensor a (3)", error.Message, StringComparison.Ordinal);
        Expect.Values(ones(1) + 1, 2);
    }

    [Fact]
    public void Threads_CanBeSet()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
        Assert.Equal(cuda.device_count() > 0, cuda.is_available());
    }
}
