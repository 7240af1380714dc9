using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Between the grey of each pixel and the pixel, or beyond.</summary>
internal readonly struct SaturationKernel(float factor) : IPixelKernel
{
    private readonly Vector<float> _factor = new(factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b)
    {
        var grey = GreyscaleKernel.Luma(r, g, b);
        (r, g, b) = (BlendKernel.Blend(grey, r, _factor), BlendKernel.Blend(grey, g, _factor), BlendKernel.Blend(grey, b, _factor));
    }
}
