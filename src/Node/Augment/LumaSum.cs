using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lockstep.Node.Augment;

/// <summary>Adds up the grey values of pixels. Integer lanes: the sum does not depend on the vector's width.</summary>
internal struct LumaSum : IPixelKernel
{
    // 2^31 / 255 pixels fit a lane.
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
        _sum += Vector.ConvertToInt32Native(GreyscaleKernel.Luma(r, g, b));
}
