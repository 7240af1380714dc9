using System.Numerics;
using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

/// <summary>
/// Both halves of the hue shift against scalar transcriptions of Pillow 9.4's Convert.c, for all 2^24 inputs of each: so
/// every colour is right under every shift. Tolerance 0.
/// </summary>
public sealed class HueKernelTests
{
    [Fact]
    public void ToHueSaturation_AllColors_EqualPillowsScalarCode() => Parallel.For(0, 256, r =>
    {
        foreach (var (g, firstBlue, blue) in Rows())
        {
            var red = new Vector<float>(r);
            var green = new Vector<float>(g);
            var (hue, saturation) = HueKernel.ToHueSaturation(red, green, blue, Vector.Max(red, Vector.Max(green, blue)));
            for (var i = 0; i < Vector<float>.Count; i++)
            {
                var expected = ToHueSaturation((byte)r, (byte)g, (byte)(firstBlue + i));
                if (expected != (hue[i], saturation[i])) Assert.Fail($"{r} {g} {firstBlue + i}: {(hue[i], saturation[i])}, not {expected}");
            }
        }
    });

    [Fact]
    public void ToRgb_AllHuesSaturationsAndValues_EqualPillowsScalarCode() => Parallel.For(0, 256, hue =>
    {
        foreach (var (saturation, firstValue, value) in Rows())
        {
            HueKernel.ToRgb(new Vector<float>(hue), new Vector<float>(saturation), value, out var r, out var g, out var b);
            for (var i = 0; i < Vector<float>.Count; i++)
            {
                var expected = ToRgb((byte)hue, (byte)saturation, (byte)(firstValue + i));
                if (expected != (r[i], g[i], b[i])) Assert.Fail($"{hue} {saturation} {firstValue + i}: {(r[i], g[i], b[i])}, not {expected}");
            }
        }
    });

    [Theory]
    [InlineData(0f)]
    [InlineData(0.07f)]
    [InlineData(-0.1f)]
    [InlineData(0.5f)]
    [InlineData(-0.5f)]
    public void Hue_SomeColors_IsTheTwoHalvesWithTheShiftBetween(float shift)
    {
        const int Count = (1 << 24) / 1013;
        var planes = new byte[3 * Count];
        for (var i = 0; i < Count; i++)
            for (var c = 0; c < 3; c++) planes[c * Count + i] = (byte)(i * 1013 >> 8 * c);
        var points = new PointPass();
        points.Add(PointOperation.Hue(shift));
        points.Run(planes);

        for (var i = 0; i < Count; i++)
        {
            var color = i * 1013;
            var (hue, saturation) = ToHueSaturation((byte)color, (byte)(color >> 8), (byte)(color >> 16));
            var expected = ToRgb((byte)((byte)hue + (byte)(int)(shift * 255.0)), (byte)saturation, Math.Max((byte)color, Math.Max((byte)(color >> 8), (byte)(color >> 16))));
            var actual = (planes[i], planes[Count + i], planes[2 * Count + i]);
            if (expected != actual) Assert.Fail($"{color:x6}: {actual}, not {expected}");
        }
    }

    // All pairs of bytes, the second one as vectors.
    private static IEnumerable<(int First, int SecondFrom, Vector<float> Second)> Rows()
    {
        for (var first = 0; first < 256; first++)
            for (var from = 0; from < 256; from += Vector<float>.Count)
                yield return (first, from, Vector<float>.Indices + new Vector<float>(from));
    }

    private static (float Hue, float Saturation) ToHueSaturation(byte r, byte g, byte b)
    {
        var (max, min) = (Math.Max(r, Math.Max(g, b)), Math.Min(r, Math.Min(g, b)));
        if (max == min) return (0, 0);
        var chroma = (float)(max - min);
        var s = chroma / max;
        var (rc, gc, bc) = ((max - r) / chroma, (max - g) / chroma, (max - b) / chroma);
        var h = r == max ? bc - gc : g == max ? (float)(2.0 + rc - bc) : (float)(4.0 + gc - rc);
        h = (float)((h / 6.0 + 1.0) % 1.0);
        return ((byte)(int)(h * 255.0), (byte)(int)(s * 255.0));
    }

    private static (float R, float G, float B) ToRgb(byte h, byte s, byte v)
    {
        if (s == 0) return (v, v, v);
        var sector = (int)Math.Floor(h * 6.0 / 255.0);
        var f = (float)(h * 6.0 / 255.0 - sector);
        var fs = (float)(s / 255.0);
        var p = Round(v * (1.0 - fs));
        var q = Round(v * (1.0 - fs * f));
        var t = Round(v * (1.0 - fs * (1.0 - f)));
        return (sector % 6) switch
        {
            0 => (v, t, p),
            1 => (q, v, p),
            2 => (p, v, t),
            3 => (p, q, v),
            4 => (t, p, v),
            _ => (v, p, q),
        };
    }

    private static float Round(double x) => (float)Math.Round(x, MidpointRounding.AwayFromZero);
}
