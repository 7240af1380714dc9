using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>
/// Turns the hue as torchvision does on Pillow images: RGB to 8-bit HSV, hue + shift modulo 256, back. The 8-bit HSV
/// loses colours even at shift 0, so this does too. Bit-equal to Pillow: its C code mixes float and double, and so do
/// the steps here.
/// </summary>
public static class HueShift
{
    /// <param name="chw">Whole numbers 0 to 255. [3, H, W]</param>
    /// <param name="shift">Part of the circle, -0.5 to 0.5.</param>
    public static void Apply(Span<float> chw, float shift)
    {
        // numpy.uint8(shift * 255): cut off towards zero, then modulo 256.
        var kernel = new Kernel { Shift = new Vector<float>((byte)(int)(shift * 255.0)) };
        PixelLoop.Run(chw, ref kernel);
    }

    private struct Kernel : IPixelKernel
    {
        public Vector<float> Shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b)
        {
            var value = Vector.Max(r, Vector.Max(g, b));
            var (hue, saturation) = ToHueSaturation(r, g, b, value);
            hue += Shift;
            hue -= Vector.ConditionalSelect(Vector.GreaterThanOrEqual(hue, new Vector<float>(256)), new Vector<float>(256), Vector<float>.Zero);
            ToRgb(hue, saturation, value, out r, out g, out b);
        }
    }

    // Pillow, Convert.c, rgb2hsv_row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Hue, Vector<float> Saturation) ToHueSaturation(
        Vector<float> r, Vector<float> g, Vector<float> b, Vector<float> max)
    {
        var chroma = max - Vector.Min(r, Vector.Min(g, b));
        var isGrey = Vector.Equals(chroma, Vector<float>.Zero);
        var divisor = Vector.Max(chroma, Vector<float>.One);
        var (rc, gc, bc) = ((max - r) / divisor, (max - g) / divisor, (max - b) / divisor);

        Widen(rc, out var rc0, out var rc1);
        Widen(gc, out var gc0, out var gc1);
        Widen(bc, out var bc0, out var bc1);
        var two = new Vector<double>(2);
        var four = new Vector<double>(4);
        var sixth = Vector.ConditionalSelect(Vector.Equals(max, r), bc - gc, Vector.ConditionalSelect(Vector.Equals(max, g),
            Vector.Narrow(two + rc0 - bc0, two + rc1 - bc1),
            Vector.Narrow(four + gc0 - rc0, four + gc1 - rc1)));
        Widen(sixth, out var sixth0, out var sixth1);
        var hue = Vector.Narrow(Fraction(sixth0 / 6 + Vector<double>.One), Fraction(sixth1 / 6 + Vector<double>.One));

        var saturation = chroma / Vector.Max(max, Vector<float>.One);
        return (Vector.ConditionalSelect(isGrey, Vector<float>.Zero, To255(hue)), To255(saturation));
    }

    // Pillow, Convert.c, hsv2rgb.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToRgb(Vector<float> hue, Vector<float> saturation, Vector<float> value,
        out Vector<float> r, out Vector<float> g, out Vector<float> b)
    {
        Widen(hue, out var hue0, out var hue1);
        var (turn0, turn1) = (hue0 * 6 / 255, hue1 * 6 / 255);
        var (floor0, floor1) = (Vector.Floor(turn0), Vector.Floor(turn1));
        var sector = Vector.Narrow(floor0, floor1);
        var f = Vector.Narrow(turn0 - floor0, turn1 - floor1);
        var s = saturation / 255f;

        Widen(value, out var v0, out var v1);
        Widen(s, out var s0, out var s1);
        Widen(f, out var f0, out var f1);
        Widen(s * f, out var sf0, out var sf1);
        var one = Vector<double>.One;
        var p = Vector.Narrow(Round(v0 * (one - s0)), Round(v1 * (one - s1)));
        var q = Vector.Narrow(Round(v0 * (one - sf0)), Round(v1 * (one - sf1)));
        var t = Vector.Narrow(Round(v0 * (one - s0 * (one - f0))), Round(v1 * (one - s1 * (one - f1))));

        // Sectors 0 to 6, and 6 is 0: (v t p) (q v p) (p v t) (p q v) (t p v) (v p q)
        var is1 = Vector.Equals(sector, new Vector<float>(1));
        var is2 = Vector.Equals(sector, new Vector<float>(2));
        var is3 = Vector.Equals(sector, new Vector<float>(3));
        var is4 = Vector.Equals(sector, new Vector<float>(4));
        var is5 = Vector.Equals(sector, new Vector<float>(5));
        r = Vector.ConditionalSelect(is1, q, Vector.ConditionalSelect(is2 | is3, p, Vector.ConditionalSelect(is4, t, value)));
        g = Vector.ConditionalSelect(is1 | is2, value, Vector.ConditionalSelect(is3, q, Vector.ConditionalSelect(is4 | is5, p, t)));
        b = Vector.ConditionalSelect(is2, t, Vector.ConditionalSelect(is3 | is4, value, Vector.ConditionalSelect(is5, q, p)));
    }

    // (int)(x * 255.0) of a float x: the product is exact in double.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> To255(Vector<float> x)
    {
        Widen(x, out var x0, out var x1);
        return Vector.Narrow(Vector.Floor(x0 * 255), Vector.Floor(x1 * 255));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(Vector<float> x, out Vector<double> low, out Vector<double> high) => Vector.Widen(x, out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Fraction(Vector<double> x) => x - Vector.Floor(x);

    // C's round() of a number that is not negative.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Round(Vector<double> x) => Vector.Floor(x + new Vector<double>(0.5));
}
