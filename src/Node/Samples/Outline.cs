namespace Lockstep.Node.Samples;

/// <summary>The shapes as sets of points, centred on the origin, of roughly equal area, inside a circle of radius 1.25.</summary>
public static class Outline
{
    private const double SquareHalf = 0.82, CrossLong = 1.0, CrossWide = 0.4;
    private const double TriangleInner = 0.62, StarOuter = 1.2, StarInner = 0.55;

    /// <summary>Whether the point (x, y) lies inside the shape; y points down.</summary>
    public static bool Contains(SampleShape shape, double x, double y) => shape switch
    {
        SampleShape.Disc => x * x + y * y < 0.86,
        SampleShape.Square => Math.Max(Math.Abs(x), Math.Abs(y)) < SquareHalf,
        SampleShape.Triangle => InTriangle(x, y),
        SampleShape.Cross => InBar(x, y) || InBar(y, x),
        SampleShape.Star => InStar(x, y),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape, "no such shape"),
    };

    private static bool InBar(double along, double across) => Math.Abs(along) < CrossLong && Math.Abs(across) < CrossWide;

    // Three half planes at the same distance from the centre; one corner points up.
    private static bool InTriangle(double x, double y)
    {
        var slope = Math.Abs(x) * (Math.Sqrt(3) / 2) - y / 2;
        return y < TriangleInner && slope < TriangleInner;
    }

    // Folded into one of ten equal wedges, the star is a half plane through an outer and an inner corner.
    private static bool InStar(double x, double y)
    {
        const double wedge = Math.PI / 5;
        var turn = Math.Abs(Math.IEEERemainder(Math.Atan2(x, -y), 2 * wedge));
        var radius = Math.Sqrt(x * x + y * y);
        var (along, across) = (radius * Math.Cos(turn), radius * Math.Sin(turn));
        var (innerX, innerY) = (StarInner * Math.Cos(wedge), StarInner * Math.Sin(wedge));
        return (along - StarOuter) * innerY - across * (innerX - StarOuter) < 0;
    }
}
