using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Inverts values of 128 and more.</summary>
public static class Solarization
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
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) => (r, g, b) = (Invert(r), Invert(g), Invert(b));

        private static Vector<float> Invert(Vector<float> x) =>
            Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, new Vector<float>(128)), new Vector<float>(255) - x, x);
    }
}
