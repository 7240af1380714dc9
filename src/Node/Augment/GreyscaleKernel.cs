using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Grey value of a pixel: Pillow's convert("L"), ITU-R 601 in 16-bit fixed point, rounded.</summary>
internal struct GreyscaleKernel : IPixelKernel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) => r = g = b = Luma(r, g, b);

    // All intermediate values are integers below 2^24, so floats hold them exactly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Luma(Vector<float> r, Vector<float> g, Vector<float> b) =>
        Vector.Floor((r * 19595f + g * 38470f + b * 7471f + new Vector<float>(32768f)) * (1f / 65536));
}
