namespace Lockstep.Node.Samples;

/// <summary>The outline of a sample's figure.</summary>
public enum SampleShape
{
    Disc,
    Square,
    Triangle,
    Cross,
    Star,
}
