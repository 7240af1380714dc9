using Lockstep.Models.Chance;

namespace Lockstep.Models.Layers;

/// <summary>Fills a new parameter from its own keyed stream of chance.</summary>
public delegate void Initializer(Span<float> values, ref Philox chance);

/// <summary>The initialisations that the papers use.</summary>
public static class Init
{
    public static readonly Initializer Zeros = (Span<float> values, ref Philox _) => values.Clear();
    public static readonly Initializer Ones = (Span<float> values, ref Philox _) => values.Fill(1);

    /// <summary>Normal around 0, cut at ±2 (absolute, as in timm's trunc_normal_: at std 0.02 the cut is never met).</summary>
    public static Initializer TruncatedNormal(double std) => (Span<float> values, ref Philox chance) =>
    {
        foreach (ref var value in values)
        {
            double drawn;
            do drawn = std * chance.NextNormal(); while (Math.Abs(drawn) > 2);
            value = (float)drawn;
        }
    };

    /// <summary>Normal of variance 2 / fanOut: Kaiming normal by outputs, for ReLU.</summary>
    public static Initializer KaimingNormal(long fanOut) => (Span<float> values, ref Philox chance) =>
    {
        var std = Math.Sqrt(2.0 / fanOut);
        foreach (ref var value in values) value = (float)(std * chance.NextNormal());
    };

    /// <summary>Uniform in ±1/√fanIn: PyTorch's default for weights (Kaiming uniform with a = √5) and biases of linear and convolution.</summary>
    public static Initializer Uniform(long fanIn) => (Span<float> values, ref Philox chance) =>
    {
        var bound = 1 / Math.Sqrt(fanIn);
        foreach (ref var value in values) value = (float)chance.NextDouble(-bound, bound);
    };
}
