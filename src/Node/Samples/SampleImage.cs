using Lockstep.Models.Chance;

namespace Lockstep.Node.Samples;

/// <summary>
/// One synthetic picture: a textured figure before a cluttered background, with sensor noise. Equal arguments give
/// equal bytes, whatever was rendered before.
/// </summary>
public static class SampleImage
{
    // 3 x 3 points a pixel: the edges come out antialiased at any size.
    private const int PointsPerSide = 3;

    /// <summary>Bytes of an image of the given side: red, green, blue interleaved, rows from the top.</summary>
    public static int SizeBytes(int size) => checked(3 * size * size);

    /// <summary>Draws sample <paramref name="index"/> of class <paramref name="class"/>.</summary>
    /// <param name="class">Index into <see cref="SampleClass.All"/>.</param>
    /// <param name="index">Which sample of the class.</param>
    /// <param name="seed">The seed of the whole set.</param>
    /// <param name="size">Side in pixels, 8 or more.</param>
    /// <param name="rgb">Receives the picture; <see cref="SizeBytes"/> long. [size, size, 3]</param>
    public static void Render(int @class, int index, ulong seed, int size, Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 8);
        if ((uint)@class >= (uint)SampleClass.All.Count)
            throw new ArgumentOutOfRangeException(nameof(@class), @class, $"there are {SampleClass.All.Count} classes");
        if (rgb.Length != SizeBytes(size))
            throw new ArgumentException($"{rgb.Length} bytes given, {SizeBytes(size)} needed", nameof(rgb));

        var chance = new Philox(ChanceDomain.Samples, seed, (ulong)@class, (ulong)index);
        var backdrop = new Backdrop(ref chance);
        var figure = new Figure(SampleClass.All[@class], backdrop, ref chance);
        const double noise = 0.02;
        for (var (row, at) = (0, 0); row < size; row++)
        {
            for (var column = 0; column < size; column++, at += 3)
            {
                var ink = Average(figure, backdrop, row, column, size);
                rgb[at] = ToByte(ink.Red + noise * chance.NextNormal());
                rgb[at + 1] = ToByte(ink.Green + noise * chance.NextNormal());
                rgb[at + 2] = ToByte(ink.Blue + noise * chance.NextNormal());
            }
        }
    }

    private static Ink Average(Figure figure, Backdrop backdrop, int row, int column, int size)
    {
        var (red, green, blue) = (0.0, 0.0, 0.0);
        for (var point = 0; point < PointsPerSide * PointsPerSide; point++)
        {
            var x = Place(column, point % PointsPerSide, size);
            var y = Place(row, point / PointsPerSide, size);
            var ink = figure.At(x, y) ?? backdrop.At(x, y);
            (red, green, blue) = (red + ink.Red, green + ink.Green, blue + ink.Blue);
        }
        const double share = 1.0 / (PointsPerSide * PointsPerSide);
        return new Ink(red * share, green * share, blue * share);
    }

    private static double Place(int pixel, int point, int size) => 2 * (pixel + (point + 0.5) / PointsPerSide) / size - 1;

    private static byte ToByte(double value) => (byte)Math.Clamp((int)Math.Round(255 * value), 0, 255);
}
