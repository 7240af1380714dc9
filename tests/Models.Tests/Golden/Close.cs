using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Golden;

/// <summary>Compares with golden numbers: |actual - expected| at most tolerance * max(1, largest |expected| of the tensor).</summary>
internal static class Close
{
    public static void Assert(ReadOnlySpan<float> expected, Tensor actual, double tolerance, string what)
    {
        using var contiguous = actual.detach().contiguous();
        Assert(expected, contiguous.data<float>().ToArray(), tolerance, what);
    }

    public static void Assert(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Xunit.Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, not {expected.Length}");
        var (worst, scale) = (Worst(expected, actual), Largest(expected));
        Record(what, worst / Math.Max(1, scale));
        Xunit.Assert.True(worst <= tolerance * Math.Max(1, scale), $"{what}: off by {worst:g3}, largest value {scale:g3}, tolerance {tolerance:g3}");
    }

    /// <summary>As Assert, but against the largest expected value even when that is below 1: for gradients.</summary>
    public static void AssertRelative(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, double floor, string what)
    {
        Xunit.Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values, not {expected.Length}");
        var (worst, scale) = (Worst(expected, actual), Math.Max(floor, Largest(expected)));
        Record(what, worst / scale);
        Xunit.Assert.True(worst <= tolerance * scale, $"{what}: off by {worst:g3}, scale {scale:g3}, tolerance {tolerance:g3}");
    }

    private static double Worst(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var worst = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            if (!(difference <= worst)) worst = difference; // a NaN stays
        }
        return worst;
    }

    private static double Largest(ReadOnlySpan<float> values)
    {
        var largest = 0.0;
        foreach (var value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static void Record(string what, double error) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {error:e2}");
}
