namespace Lockstep.Node.Samples;

/// <summary>What a sample's figure is filled with.</summary>
public enum SampleTexture
{
    Striped,
    Checked,
    Dotted,
    Ringed,
    Plain,
}
