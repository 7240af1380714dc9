namespace Lockstep.Node.Augment;

/// <summary>The operations of colour jitter.</summary>
public enum JitterOperation
{
    Brightness,
    Contrast,
    Saturation,
    Hue,
}
