using Lockstep.Models.Chance;

namespace Lockstep.Node.Samples;

/// <summary>
/// The figure of one sample: the class fixes its shape and texture, chance everything else. Lengths are in half
/// image sides, the origin is the image's centre.
/// </summary>
internal sealed class Figure
{
    private readonly SampleClass _class;
    private readonly double _centreX, _centreY, _cos, _sin, _scale, _squeeze;
    private readonly double _period, _phase, _textureCos, _textureSin;
    private readonly Ink _first, _second;

    public Figure(SampleClass sampleClass, Backdrop backdrop, ref Philox chance)
    {
        _class = sampleClass;
        (_centreX, _centreY) = (chance.NextDouble(-0.35, 0.35), chance.NextDouble(-0.35, 0.35));
        (_sin, _cos) = Math.SinCos(chance.NextDouble(-0.3, 0.3));
        _scale = chance.NextDouble(0.75, 1.05);
        _squeeze = chance.NextDouble(0.85, 1.18);
        _period = chance.NextDouble(0.44, 0.54);
        _phase = chance.NextDouble();
        (_textureSin, _textureCos) = Math.SinCos(chance.NextDouble(-0.15, 0.15));

        // The background lies between the two inks: no part of the figure can melt into it.
        var contrast = chance.NextDouble(0.3, 0.38);
        _first = Ink.Of(chance.NextDouble(), chance.NextDouble(0.4, 0.8), backdrop.Lightness + contrast);
        _second = Ink.Of(chance.NextDouble(), chance.NextDouble(0.4, 0.8), backdrop.Lightness - contrast);
    }

    /// <summary>The figure's colour at (x, y), or null where the background shows.</summary>
    public Ink? At(double x, double y)
    {
        var (dx, dy) = (x - _centreX, y - _centreY);
        var (u, v) = (dx * _cos + dy * _sin, dy * _cos - dx * _sin);
        if (!Outline.Contains(_class.Shape, u / (_scale * _squeeze), v * _squeeze / _scale)) return null;
        var (across, along) = (u * _textureCos + v * _textureSin, v * _textureCos - u * _textureSin);
        return Pattern.IsSecondInk(_class.Texture, across, along, _period, _phase) ? _second : _first;
    }
}
