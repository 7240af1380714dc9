namespace Lockstep.Node.Samples;

/// <summary>A colour, components in 0..1.</summary>
internal readonly record struct Ink(double Red, double Green, double Blue)
{
    /// <summary>A colour of the given lightness (0..1); strength 0 is grey, 1 is vivid. The hue is in turns.</summary>
    public static Ink Of(double hue, double strength, double lightness)
    {
        var pure = new Ink(Wave(hue), Wave(hue - 1.0 / 3), Wave(hue - 2.0 / 3));
        var grey = 0.299 * pure.Red + 0.587 * pure.Green + 0.114 * pure.Blue;
        return new Ink(
            Math.Clamp(lightness + strength * (pure.Red - grey), 0, 1),
            Math.Clamp(lightness + strength * (pure.Green - grey), 0, 1),
            Math.Clamp(lightness + strength * (pure.Blue - grey), 0, 1));
    }

    /// <summary>This colour, moved towards the other by the given share.</summary>
    public Ink Towards(Ink other, double share) => new(
        Red + share * (other.Red - Red), Green + share * (other.Green - Green), Blue + share * (other.Blue - Blue));

    private static double Wave(double turns) => 0.5 + 0.5 * Math.Cos(2 * Math.PI * turns);
}
