using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>(x / 255 - mean) / std a channel, in float like torchvision's ToTensor and Normalize.</summary>
public static class Normalization
{
    /// <param name="chw">Whole numbers 0 to 255. [3, H, W]</param>
    /// <param name="mean">A channel, on [0,1].</param>
    /// <param name="std">A channel, on [0,1].</param>
    public static void Apply(Span<float> chw, IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (mean.Count != 3 || std.Count != 3) throw new ArgumentException("mean and std need three values each");
        var kernel = new Kernel
        {
            MeanR = (float)mean[0],
            MeanG = (float)mean[1],
            MeanB = (float)mean[2],
            StdR = (float)std[0],
            StdG = (float)std[1],
            StdB = (float)std[2],
        };
        PixelLoop.Run(chw, ref kernel);
    }

    private struct Kernel : IPixelKernel
    {
        public float MeanR, MeanG, MeanB, StdR, StdG, StdB;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(ref Vector<float> r, ref Vector<float> g, ref Vector<float> b)
        {
            r = (r / 255f - new Vector<float>(MeanR)) / StdR;
            g = (g / 255f - new Vector<float>(MeanG)) / StdG;
            b = (b / 255f - new Vector<float>(MeanB)) / StdB;
        }
    }
}
