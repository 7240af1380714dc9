using System.Runtime.InteropServices;

namespace Lockstep.Node.Images;

/// <summary>
/// Lays transparent pixels on white. In linear light, taken as value^2.2, as libpng does it for PNG: formats agree but for
/// libpng's roundings, which come to 3 of 255.
/// </summary>
internal static class WhiteBackground
{
    private const double Gamma = 2.2;
    private const int White = ushort.MaxValue;

    private static readonly ushort[] s_light = [.. Enumerable.Range(0, 256).Select(v => (ushort)Math.Round(White * Math.Pow(v / 255.0, Gamma)))];
    private static readonly byte[] s_value = [.. Enumerable.Range(0, White + 1).Select(l => (byte)Math.Round(255 * Math.Pow(l / (double)White, 1 / Gamma)))];

    /// <param name="rgba">Colour and opacity, bytes.</param>
    /// <param name="rgb">Three bytes for every four.</param>
    public static void Compose(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            int alpha = rgba[from + 3];
            for (var channel = 0; channel < 3; channel++)
            {
                rgb[to + channel] = alpha switch
                {
                    255 => rgba[from + channel],
                    0 => 255,
                    _ => s_value[(s_light[rgba[from + channel]] * alpha + White * (255 - alpha) + 127) / 255],
                };
            }
        }
    }

    /// <param name="light">Linear light times opacity, and opacity: four 16-bit numbers a pixel in the machine's byte order.</param>
    /// <param name="rgb">Three bytes for every pixel.</param>
    public static void ComposeLight(ReadOnlySpan<byte> light, Span<byte> rgb)
    {
        var words = MemoryMarshal.Cast<byte, ushort>(light);
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3)
        {
            var missing = White - words[from + 3];
            for (var channel = 0; channel < 3; channel++) rgb[to + channel] = s_value[Math.Min(White, words[from + channel] + missing)];
        }
    }
}
