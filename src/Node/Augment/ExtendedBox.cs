using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>A box blur whose two outermost pixels count in part. Weights are parts of 2^24.</summary>
/// <param name="Radius">Pixels on each side that count whole.</param>
/// <param name="WholeWeight">Of a whole pixel.</param>
/// <param name="PartialWeight">Of each of the two pixels beyond.</param>
internal readonly record struct ExtendedBox(int Radius, uint WholeWeight, uint PartialWeight)
{
    /// <summary>The box that, applied a number of times, comes next to a Gaussian. Equations of Gwosdek et al. 2011; arithmetic of Pillow's BoxBlur.c.</summary>
    public static ExtendedBox ForSigma(float sigma, int passes)
    {
        var variance = sigma * sigma / passes;
        var length = (float)Math.Sqrt(12.0 * variance + 1.0); // [7]
        var whole = (float)Math.Floor((length - 1.0) / 2.0); // [11]
        var part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance); // [14]
        part /= 6 * (variance - (whole + 1) * (whole + 1));
        var radius = whole + part;

        var pixels = (int)radius;
        var wholeWeight = (uint)((1 << 24) / (radius * 2 + 1));
        var partialWeight = ((1u << 24) - (uint)(pixels * 2 + 1) * wholeWeight) / 2;
        return new ExtendedBox(pixels, wholeWeight, partialWeight);
    }

    /// <summary>Both weights in all lanes.</summary>
    public (Vector256<int> Whole, Vector256<int> Partial) Weights => (Vector256.Create((int)WholeWeight), Vector256.Create((int)PartialWeight));

    /// <summary>(Whole pixels * ww + the two partial ones * fw + half) >> 24, in 32 bits without sign, as BoxBlur.c.</summary>
    /// <param name="inner">Sum of the whole pixels.</param>
    /// <param name="outer">Sum of the two partial ones.</param>
    /// <param name="whole">From <see cref="Weights"/>.</param>
    /// <param name="partial">From <see cref="Weights"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Mean(Vector256<int> inner, Vector256<int> outer, Vector256<int> whole, Vector256<int> partial) =>
        inner * whole + outer * partial + Vector256.Create(1 << 23) >>> 24;
}
