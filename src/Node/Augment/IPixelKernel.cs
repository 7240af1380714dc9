using System.Numerics;

namespace Lockstep.Node.Augment;

/// <summary>What an operation does with some pixels: whole numbers 0 to 255 as floats, a vector a channel, in place.</summary>
internal interface IPixelKernel
{
    void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b);
}
