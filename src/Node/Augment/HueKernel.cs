using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>
/// Turns the hue as torchvision does on Pillow images: RGB to 8-bit HSV, hue + shift modulo 256, back. The 8-bit HSV
/// loses colours even at shift 0, so this does too. Pillow's C code mixes float and double; the float arithmetic here
/// gives the same for every colour (HueKernelTests go through all of them).
/// </summary>
internal readonly struct HueKernel(float shift) : IPixelKernel
{
    private readonly Vector<float> _shift = new(shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b)
    {
        var value = Vector.MaxNative(r, Vector.MaxNative(g, b));
        var (hue, saturation) = ToHueSaturation(r, g, b, value);
        hue += _shift;
        hue -= Vector.ConditionalSelect(Vector.GreaterThanOrEqual(hue, new Vector<float>(256)), new Vector<float>(256), Vector<float>.Zero);
        ToRgb(hue, saturation, value, out r, out g, out b);
    }

    // Pillow, Convert.c, rgb2hsv_row. In sixths of the circle, hue is 1, 3 or 5 by the largest channel, and from there
    // 1 - m forwards or backwards, where m is how far the middle channel is from the largest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector<float> Hue, Vector<float> Saturation) ToHueSaturation(
        Vector<float> r, Vector<float> g, Vector<float> b, Vector<float> max)
    {
        var min = Vector.MinNative(r, Vector.MinNative(g, b));
        var chroma = max - min;
        var fromMiddle = (max + max + min - (r + g + b)) / Vector.MaxNative(chroma, Vector<float>.One);
        var (isRed, isGreen) = (Vector.Equals(max, r), Vector.Equals(max, g));
        var ahead = Vector.ConditionalSelect(isRed, g - b, Vector.ConditionalSelect(isGreen, b - r, r - g));
        var start = Vector.ConditionalSelect(isRed, Vector<float>.One,
            Vector.ConditionalSelect(isGreen, new Vector<float>(3), new Vector<float>(5)));
        var forward = Vector.GreaterThanOrEqual(ahead, Vector<float>.Zero);
        var sixth = Vector.ConditionalSelect(forward, start - fromMiddle, start - new Vector<float>(2) + fromMiddle);

        var part = sixth / 6f;
        part += Vector.ConditionalSelect(Vector.LessThan(sixth, Vector<float>.Zero), Vector<float>.One, Vector<float>.Zero);
        var hue = Floor255(part);
        var isGrey = Vector.Equals(chroma, Vector<float>.Zero);
        return (Vector.ConditionalSelect(isGrey, Vector<float>.Zero, hue), Floor255(chroma / Vector.MaxNative(max, Vector<float>.One)));
    }

    // Pillow, Convert.c, hsv2rgb: a channel is value * (1 - saturation * w), rounded, where w follows the hue up from 0 to 1
    // and down. Hue is counted in 85ths of a sixth here: 2 * hue, so w * 85 is a whole number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ToRgb(Vector<float> hue, Vector<float> saturation, Vector<float> value,
        out Vector<float> r, out Vector<float> g, out Vector<float> b)
    {
        var turn = hue + hue;
        var scale = saturation * value;
        r = Channel(new Vector<float>(170) - Vector.Abs(turn - new Vector<float>(255)), scale, value);
        g = Channel(Vector.Abs(turn - new Vector<float>(170)) - new Vector<float>(85), scale, value);
        b = Channel(Vector.Abs(turn - new Vector<float>(340)) - new Vector<float>(85), scale, value);
    }

    // The product is a whole number below 2^24. No quotient is within a rounding of a half: 255 * 85 is odd.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Channel(Vector<float> weight, Vector<float> scale, Vector<float> value)
    {
        weight = Vector.MinNative(Vector.MaxNative(weight, Vector<float>.Zero), new Vector<float>(85));
        return value - Vector.Round(weight * scale * (1f / (255 * 85)));
    }

    // (int)(x * 255.0)
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Floor255(Vector<float> x) => Vector.Floor(x * 255f);
}
