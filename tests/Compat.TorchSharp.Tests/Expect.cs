using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

/// <summary>Comparisons of tensors with numbers worked out by hand.</summary>
internal static class Expect
{
    internal static void Values(Tensor actual, params float[] expected)
    {
        using var flat = actual.detach().to(ScalarType.Float32).contiguous().view(-1);
        var values = flat.data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var tolerance = 1e-5 * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance, $"[{i}]: {values[i]}, not {expected[i]}");
        }
    }

    internal static void Longs(Tensor actual, params long[] expected)
    {
        Assert.Equal(ScalarType.Int64, actual.dtype);
        using var flat = actual.contiguous().view(-1);
        Assert.Equal(expected, flat.data<long>().ToArray());
    }

    internal static void Bools(Tensor actual, params bool[] expected)
    {
        Assert.Equal(ScalarType.Bool, actual.dtype);
        using var flat = actual.contiguous().view(-1);
        Assert.Equal(expected, flat.data<bool>().ToArray());
    }

    internal static void Shape(Tensor actual, params long[] expected) => Assert.Equal(expected, actual.shape);

    /// <summary>The same bits, not nearly the same numbers.</summary>
    internal static void SameBits(Tensor expected, Tensor actual) =>
        Assert.True(expected.bytes.SequenceEqual(actual.bytes), "the bits differ");
}
