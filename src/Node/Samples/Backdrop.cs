using Lockstep.Models.Chance;

namespace Lockstep.Node.Samples;

/// <summary>What lies behind the figure and says nothing of its class: a gradient with discs and bars strewn over it.</summary>
internal sealed class Backdrop
{
    private readonly record struct Scrap(double X, double Y, double Length, double Width, double Cos, double Sin, Ink Ink);

    private readonly Ink _from, _to;
    private readonly double _cos, _sin;
    private readonly Scrap[] _scraps;

    public Backdrop(ref Philox chance)
    {
        Lightness = chance.NextDouble(0.45, 0.55);
        _from = AnyInk(ref chance);
        _to = AnyInk(ref chance);
        (_sin, _cos) = Math.SinCos(chance.NextDouble(0, 2 * Math.PI));
        _scraps = new Scrap[3 + chance.NextInt(6)];
        for (var i = 0; i < _scraps.Length; i++)
        {
            var (sin, cos) = Math.SinCos(chance.NextDouble(0, Math.PI));
            _scraps[i] = new Scrap(
                chance.NextDouble(-1, 1), chance.NextDouble(-1, 1),
                chance.NextDouble(0.1, 0.5), chance.NextDouble(0.05, 0.2), cos, sin, AnyInk(ref chance));
        }
    }

    /// <summary>How light the background is on the whole, 0..1.</summary>
    public double Lightness { get; }

    /// <summary>The background's colour at (x, y), both in -1..1.</summary>
    public Ink At(double x, double y)
    {
        for (var i = _scraps.Length - 1; i >= 0; i--)
        {
            var scrap = _scraps[i];
            var (dx, dy) = (x - scrap.X, y - scrap.Y);
            var along = (dx * scrap.Cos + dy * scrap.Sin) / scrap.Length;
            var across = (dy * scrap.Cos - dx * scrap.Sin) / scrap.Width;
            if (along * along + across * across < 1) return scrap.Ink;
        }
        return _from.Towards(_to, 0.5 + 0.35 * (x * _cos + y * _sin));
    }

    private Ink AnyInk(ref Philox chance) =>
        Ink.Of(chance.NextDouble(), chance.NextDouble(0.5, 1), Lightness + chance.NextDouble(-0.1, 0.1));
}
