using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class HueShiftTests
{
    // Every 13th of all 2^24 colours, against a scalar transcription of Pillow 9.4's rgb2hsv_row and hsv2rgb.
    [Theory]
    [InlineData(0f)]
    [InlineData(0.07f)]
    [InlineData(-0.1f)]
    public void Apply_ColorsOfTheCube_EqualPillowsScalarCode(float shift)
    {
        const int Count = (1 << 24) / 13;
        var chw = new float[3 * Count];
        for (var i = 0; i < Count; i++)
            for (var c = 0; c < 3; c++) chw[c * Count + i] = (i * 13 >> 8 * c) & 255;
        HueShift.Apply(chw, shift);

        var turn = (byte)(int)(shift * 255.0);
        for (var i = 0; i < Count; i++)
        {
            var color = i * 13;
            var expected = Shift((byte)color, (byte)(color >> 8), (byte)(color >> 16), turn);
            var actual = (chw[i], chw[Count + i], chw[2 * Count + i]);
            if (expected != actual) Assert.Fail($"{color:x6}: {actual}, not {expected}");
        }
    }

    private static (float R, float G, float B) Shift(byte r, byte g, byte b, byte turn)
    {
        var (max, min) = (Math.Max(r, Math.Max(g, b)), Math.Min(r, Math.Min(g, b)));
        if (max == min) return (max, max, max);
        var chroma = (float)(max - min);
        var s = chroma / max;
        var (rc, gc, bc) = ((max - r) / chroma, (max - g) / chroma, (max - b) / chroma);
        var h = r == max ? bc - gc : g == max ? (float)(2.0 + rc - bc) : (float)(4.0 + gc - rc);
        h = (float)((h / 6.0 + 1.0) % 1.0);
        var hue = (byte)((byte)(int)(h * 255.0) + turn);
        return ToRgb(hue, (byte)(int)(s * 255.0), max);
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
