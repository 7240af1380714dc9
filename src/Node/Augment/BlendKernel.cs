using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Between one grey and the picture, or beyond: brightness and contrast.</summary>
internal readonly struct BlendKernel(float grey, float factor) : IPixelKernel
{
    private readonly Vector<float> _grey = new(grey), _factor = new(factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) =>
        (r, g, b) = (Blend(_grey, r, _factor), Blend(_grey, g, _factor), Blend(_grey, b, _factor));

    // Pillow, Blend.c: the product and the sum are rounded one by one, so no fused multiplication.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Blend(Vector<float> grey, Vector<float> x, Vector<float> factor) =>
        Vector.MaxNative(Vector<float>.Zero, Vector.MinNative(new Vector<float>(255), Vector.Floor(grey + factor * (x - grey))));
}
