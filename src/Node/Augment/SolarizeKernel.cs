using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Inverts values of 128 and more.</summary>
internal struct SolarizeKernel : IPixelKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) => (r, g, b) = (Invert(r), Invert(g), Invert(b));

    // The larger half falls, the smaller rises: whichever is smaller.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Invert(Vector<float> x) => Vector.MinNative(x, new Vector<float>(255) - x);
}
