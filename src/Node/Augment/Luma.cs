using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Grey value of a pixel: Pillow's convert("L"), ITU-R 601 in 16-bit fixed point, rounded.</summary>
internal static class Luma
{
    // All intermediate values are integers below 2^24, so floats hold them exactly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> r, Vector<float> g, Vector<float> b) =>
        Vector.Floor((r * 19595f + g * 38470f + b * 7471f + new Vector<float>(32768f)) * (1f / 65536));
}
