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
}
