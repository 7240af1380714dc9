using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Replaces all channels by the grey value.</summary>
public static class Greyscale
{
    /// <param name="chw">Whole numbers 0 to 255. [3, H, W]</param>
    public static void Apply(Span<float> chw)
    {
        var kernel = new Kernel();
        PixelLoop.Run(chw, ref kernel);
    }

    private struct Kernel : IPixelKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) => r = g = b = Luma.Of(r, g, b);
    }
}
