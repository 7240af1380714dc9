using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lockstep.Node.Augment;

/// <summary>Runs a kernel over a planar picture.</summary>
internal static class PixelLoop
{
    /// <param name="chw">[3, H, W]</param>
    /// <param name="kernel">Sees every pixel once; in the last vector there are zeros beside the pixels.</param>
    public static void Run<TKernel>(Span<float> chw, ref TKernel kernel) where TKernel : struct, IPixelKernel
    {
        var pixels = chw.Length / 3;
        var local = kernel;
        ref var red = ref MemoryMarshal.GetReference(chw);
        ref var green = ref Unsafe.Add(ref red, pixels);
        ref var blue = ref Unsafe.Add(ref green, pixels);
        var i = 0;
        for (; i <= pixels - Vector<float>.Count; i += Vector<float>.Count)
        {
            var r = Vector.LoadUnsafe(ref red, (nuint)i);
            var g = Vector.LoadUnsafe(ref green, (nuint)i);
            var b = Vector.LoadUnsafe(ref blue, (nuint)i);
            local.Apply(ref r, ref g, ref b);
            r.StoreUnsafe(ref red, (nuint)i);
            g.StoreUnsafe(ref green, (nuint)i);
            b.StoreUnsafe(ref blue, (nuint)i);
        }
        if (i < pixels) Rest(chw, pixels, i, ref local);
        kernel = local;
    }

    private static void Rest<TKernel>(Span<float> chw, int pixels, int from, ref TKernel kernel) where TKernel : struct, IPixelKernel
    {
        Span<float> padded = stackalloc float[3 * Vector<float>.Count];
        padded.Clear();
        for (var c = 0; c < 3; c++) chw[(c * pixels + from)..((c + 1) * pixels)].CopyTo(padded[(c * Vector<float>.Count)..]);
        Span<Vector<float>> rgb = MemoryMarshal.Cast<float, Vector<float>>(padded);
        kernel.Apply(ref rgb[0], ref rgb[1], ref rgb[2]);
        for (var c = 0; c < 3; c++) padded.Slice(c * Vector<float>.Count, pixels - from).CopyTo(chw[(c * pixels + from)..]);
    }
}
