using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class DeviceTests
{
    [Fact]
    public void PinMemory_CopiesWhereThereIsCuda_AndThrowsElsewhere()
    {
        var x = tensor(new[] { 1f, 2f });
        if (!cuda.is_available())
        {
            Assert.ThrowsAny<Exception>(x.pin_memory);
            return;
        }
        var pinned = x.pin_memory();
        Expect.Values(pinned, 1, 2);
        x.fill_(0);
        Expect.Values(pinned, 1, 2);
    }

    [Fact]
    public void AllowTf32_IsWhatWasSet()
    {
        Assert.False(backends.cuda.matmul.allow_tf32); // libtorch's defaults
        Assert.True(backends.cudnn.allow_tf32);
        backends.cudnn.allow_tf32 = false;
        Assert.False(backends.cudnn.allow_tf32);
        backends.cuda.matmul.allow_tf32 = true;
        Assert.True(backends.cuda.matmul.allow_tf32);
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (false, true);
    }

    [Fact]
    public void Copy_NonBlocking_CopiesOnTheCpu()
    {
        var x = zeros(2);
        x.copy_(tensor(new[] { 1f, 2f }), true);
        Expect.Values(x, 1, 2);
    }

    [Fact]
    public void Meta_HasShapesAndNoNumbers_AndDoesNotMixWithTheCpu()
    {
        var x = zeros([2, 3], dtype: ScalarType.Float32, device: META);
        Assert.True(x.is_meta);
        Assert.Equal([2L, 3L], (x * x).shape);
        Assert.ThrowsAny<Exception>(() => x * ones(2, 3));
        Assert.Equal(DeviceType.META, new Device("meta").type);
        Assert.Equal(("cuda:1", "cpu"), (new Device("cuda:1").ToString(), CPU.ToString()));
    }
}
