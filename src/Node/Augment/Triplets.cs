using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>Pixels as RGB triplets, and as planes.</summary>
internal static class Triplets
{
    /// <summary>Writes a row of triplets into three planes.</summary>
    /// <param name="row">[width, 3]</param>
    /// <param name="planes">[3, pixels]</param>
    /// <param name="first">Pixel of the planes at which the row begins.</param>
    /// <param name="width">Pixels in the row.</param>
    public static void Split(ReadOnlySpan<byte> row, Span<byte> planes, int first, int width)
    {
        var pixels = planes.Length / 3;
        if (width < Vector128<byte>.Count)
        {
            for (var x = 0; x < width; x++)
                for (var c = 0; c < 3; c++) planes[c * pixels + first + x] = row[3 * x + c];
            return;
        }
        ref var source = ref MemoryMarshal.GetReference(row[..(3 * width)]);
        ref var red = ref planes[first];
        ref var green = ref planes[pixels + first];
        ref var blue = ref planes[2 * pixels + first];
        for (var x = 0; x < width; x += Vector128<byte>.Count)
        {
            // The last sixteen overlap those before.
            var at = Math.Min(x, width - Vector128<byte>.Count);
            var a = Vector128.LoadUnsafe(ref source, (nuint)(3 * at));
            var b = Vector128.LoadUnsafe(ref source, (nuint)(3 * at + 16));
            var c = Vector128.LoadUnsafe(ref source, (nuint)(3 * at + 32));
            const byte z = 0x80; // beyond the vector: gives 0
            var r = Vector128.Shuffle(a, Vector128.Create(0, 3, 6, 9, 12, 15, z, z, z, z, z, z, z, z, z, z))
                | Vector128.Shuffle(b, Vector128.Create(z, z, z, z, z, z, 2, 5, 8, 11, 14, z, z, z, z, z))
                | Vector128.Shuffle(c, Vector128.Create(z, z, z, z, z, z, z, z, z, z, z, 1, 4, 7, 10, 13));
            var g = Vector128.Shuffle(a, Vector128.Create(1, 4, 7, 10, 13, z, z, z, z, z, z, z, z, z, z, z))
                | Vector128.Shuffle(b, Vector128.Create(z, z, z, z, z, 0, 3, 6, 9, 12, 15, z, z, z, z, z))
                | Vector128.Shuffle(c, Vector128.Create(z, z, z, z, z, z, z, z, z, z, z, 2, 5, 8, 11, 14));
            var d = Vector128.Shuffle(a, Vector128.Create(2, 5, 8, 11, 14, z, z, z, z, z, z, z, z, z, z, z))
                | Vector128.Shuffle(b, Vector128.Create(z, z, z, z, z, 1, 4, 7, 10, 13, z, z, z, z, z, z))
                | Vector128.Shuffle(c, Vector128.Create(z, z, z, z, z, z, z, z, z, z, 0, 3, 6, 9, 12, 15));
            r.StoreUnsafe(ref red, (nuint)at);
            g.StoreUnsafe(ref green, (nuint)at);
            d.StoreUnsafe(ref blue, (nuint)at);
        }
    }
}
