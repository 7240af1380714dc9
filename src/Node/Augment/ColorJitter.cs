using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>
/// Brightness, contrast and saturation as Pillow's ImageEnhance: grey + factor * (x - grey), cut off to a whole number
/// and clipped, where "grey" is black, the mean grey of the picture, or the grey of the pixel. Bit-equal to Pillow.
/// Pictures are [3, H, W] of whole numbers 0 to 255.
/// </summary>
public static class ColorJitter
{
    public static void Brightness(Span<float> chw, float factor)
    {
        var kernel = new ConstantKernel { Grey = Vector<float>.Zero, Factor = new Vector<float>(factor) };
        PixelLoop.Run(chw, ref kernel);
    }

    public static void Contrast(Span<float> chw, float factor)
    {
        var sum = new SumKernel();
        PixelLoop.Run(chw, ref sum);
        var mean = Math.Floor(sum.Total / (double)(chw.Length / 3) + 0.5);
        var kernel = new ConstantKernel { Grey = new Vector<float>((float)mean), Factor = new Vector<float>(factor) };
        PixelLoop.Run(chw, ref kernel);
    }

    public static void Saturation(Span<float> chw, float factor)
    {
        var kernel = new LumaKernel { Factor = new Vector<float>(factor) };
        PixelLoop.Run(chw, ref kernel);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Blend(Vector<float> grey, Vector<float> x, Vector<float> factor) =>
        Vector.Max(Vector<float>.Zero, Vector.Min(new Vector<float>(255), Vector.Floor(grey + factor * (x - grey))));

    private struct ConstantKernel : IPixelKernel
    {
        public Vector<float> Grey, Factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) =>
            (r, g, b) = (Blend(Grey, r, Factor), Blend(Grey, g, Factor), Blend(Grey, b, Factor));
    }

    private struct LumaKernel : IPixelKernel
    {
        public Vector<float> Factor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b)
        {
            var grey = Luma.Of(r, g, b);
            (r, g, b) = (Blend(grey, r, Factor), Blend(grey, g, Factor), Blend(grey, b, Factor));
        }
    }

    // Integer lanes: the sum does not depend on the vector's width. 2^31 / 255 pixels fit a lane.
    private struct SumKernel : IPixelKernel
    {
        private Vector<int> _sum;

        public readonly long Total
        {
            get
            {
                var total = 0L;
                for (var i = 0; i < Vector<int>.Count; i++) total += _sum[i];
                return total;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b) =>
            _sum += Vector.ConvertToInt32Native(Luma.Of(r, g, b));
    }
}
