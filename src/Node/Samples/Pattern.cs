namespace Lockstep.Node.Samples;

/// <summary>The textures as two-colourings of the plane.</summary>
internal static class Pattern
{
    private const double DotRadius = 0.36;

    /// <summary>
    /// Whether the point (x, y) is painted with the second ink.
    /// </summary>
    /// <param name="texture">The texture.</param>
    /// <param name="x">Across the stripes, relative to the figure's centre.</param>
    /// <param name="y">Along the stripes.</param>
    /// <param name="period">Length after which the texture repeats, in the unit of x and y.</param>
    /// <param name="phase">Shift of the texture, in periods.</param>
    public static bool IsSecondInk(SampleTexture texture, double x, double y, double period, double phase)
    {
        var (across, along) = (x / period + phase, y / period + phase);
        return texture switch
        {
            SampleTexture.Striped => FirstHalf(across),
            SampleTexture.Checked => FirstHalf(across) != FirstHalf(along),
            SampleTexture.Dotted => Square(FromCentre(across)) + Square(FromCentre(along)) < Square(DotRadius),
            SampleTexture.Ringed => FirstHalf(Math.Sqrt(x * x + y * y) / period + phase),
            SampleTexture.Plain => false,
            _ => throw new ArgumentOutOfRangeException(nameof(texture), texture, "no such texture"),
        };
    }

    private static bool FirstHalf(double turns) => turns - Math.Floor(turns) < 0.5;

    private static double FromCentre(double turns) => turns - Math.Floor(turns) - 0.5;

    private static double Square(double x) => x * x;
}
