using Lockstep.Models.Tests.Masks;
using Lockstep.Node.Data.Cache;
using Xunit;

namespace Lockstep.Node.Tests.Data.Cache;

public sealed class MemoryCacheTests
{
    [Fact]
    public void Add_MoreThanTheBudget_KeepsWhatCameFirst()
    {
        using var cache = Cache(budget: 1000, slab: 400);
        for (var sample = 0; sample < 20; sample++) cache.Add(sample, 100);
        Assert.Equal(Enumerable.Range(0, 10), cache.Held(20, 100)); // two slabs of 400 and one of 200
        Assert.Equal((10, 1000L), (cache.Samples, cache.Bytes));
    }

    [Fact]
    public void Add_LargerThanWhatIsLeft_LetsSmallerOnesIn()
    {
        using var cache = Cache(budget: 500, slab: 500);
        cache.Add(0, 300);
        cache.Add(1, 300);
        cache.Add(2, 200);
        Assert.Null(cache.Read(1));
        Assert.Equal(Bytes.Of(2, 200), cache.Read(2));
    }

    [Fact]
    public void Add_LargerThanASlab_IsLeftOut()
    {
        using var cache = Cache(budget: 1000, slab: 400);
        cache.Add(0, 401);
        Assert.Null(cache.Read(0));
    }

    [Fact]
    public void Add_Again_StoresItOnce()
    {
        using var cache = Cache(budget: 1000, slab: 400);
        cache.Add(3, 100);
        cache.Add(3, 100);
        Assert.Equal((1, 100L), (cache.Samples, cache.Bytes));
    }

    [Fact]
    public void Read_WarmedUp_AllocatesNothing()
    {
        using var cache = Cache(budget: 1000, slab: 400);
        cache.Add(3, 100);
        byte[] buffer = [];
        cache.Read(3, ref buffer);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 100; i++) cache.Read(3, ref buffer);
        }));
    }

    [Fact]
    public void AddAndRead_ManyThreads_NeverOtherBytes()
    {
        const int Samples = 500, Length = 64;
        using var cache = Cache(budget: Samples * Length / 2, slab: 1024);
        Parallel.For(0, 8, thread =>
        {
            byte[] buffer = [];
            for (var i = 0; i < 4 * Samples; i++)
            {
                var sample = (i * 7 + thread * 61) % Samples;
                var length = cache.Read(sample, ref buffer);
                if (length < 0) cache.Add(sample, Length);
                else Assert.True(Bytes.Of(sample, Length).AsSpan().SequenceEqual(buffer.AsSpan(0, length)));
            }
        });
        Assert.Equal(Samples / 2, cache.Samples);
        Assert.Equal(Samples / 2, cache.Held(Samples, Length).Length);
    }

    private static MemoryCache Cache(long budget, int slab) => new(500, budget, slab, Assert.Fail);
}
