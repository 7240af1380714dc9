using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>
/// Some pixels of a planar picture, as floats that hold whole numbers 0 to 255. It fits the nearest cache, so several
/// operations are done to it in one pass over the picture.
/// </summary>
internal sealed class PixelBlock
{
    /// <summary>Pixels that fit. A multiple of every vector's length.</summary>
    public const int Capacity = 512;

    private readonly float[] _values = new float[3 * Capacity];

    /// <summary>Pixels that are in it.</summary>
    public int Count { get; private set; }

    /// <summary>One channel. [Count]</summary>
    public ReadOnlySpan<float> this[int channel] => _values.AsSpan(channel * Capacity, Count);

    /// <summary>Takes pixels of a picture.</summary>
    /// <param name="planes">[3, pixels], bytes.</param>
    /// <param name="first">The first pixel taken.</param>
    /// <returns>Pixels taken; 0 at the end.</returns>
    public int Load(ReadOnlySpan<byte> planes, int first)
    {
        var pixels = planes.Length / 3;
        Count = Math.Min(Capacity, pixels - first);
        for (var c = 0; c < 3; c++)
        {
            var from = planes.Slice(c * pixels + first, Count);
            var to = _values.AsSpan(c * Capacity, Capacity);
            ref var source = ref MemoryMarshal.GetReference(from);
            ref var target = ref MemoryMarshal.GetReference(to);
            var i = 0;
            for (; i <= Count - Lanes.Count; i += Lanes.Count)
                Vector256.ConvertToSingle(Lanes.Load(ref Unsafe.Add(ref source, i))).StoreUnsafe(ref target, (nuint)i);
            for (; i < Count; i++) to[i] = from[i];
            // The last vector is computed whole.
            to[i..Math.Min(Capacity, i + Vector<float>.Count)].Clear();
        }
        return Count;
    }

    /// <summary>Writes the pixels back.</summary>
    public void Store(Span<byte> planes, int first)
    {
        var pixels = planes.Length / 3;
        for (var c = 0; c < 3; c++)
        {
            var from = _values.AsSpan(c * Capacity, Count);
            var to = planes.Slice(c * pixels + first, Count);
            ref var source = ref MemoryMarshal.GetReference(from);
            ref var target = ref MemoryMarshal.GetReference(to);
            var i = 0;
            for (; i <= Count - 4 * Lanes.Count; i += 4 * Lanes.Count)
                Lanes.Store(Whole(ref source, i), Whole(ref source, i + 8), Whole(ref source, i + 16), Whole(ref source, i + 24), ref Unsafe.Add(ref target, i));
            for (; i < Count; i++) to[i] = (byte)from[i];
        }
    }

    /// <summary>Runs a kernel over the pixels, in place; beside the last ones it sees up to a vector of zeros.</summary>
    public void Apply<TKernel>(ref TKernel kernel) where TKernel : struct, IPixelKernel
    {
        var local = kernel;
        ref var red = ref MemoryMarshal.GetArrayDataReference(_values);
        ref var green = ref Unsafe.Add(ref red, Capacity);
        ref var blue = ref Unsafe.Add(ref green, Capacity);
        for (var i = 0; i < Count; i += Vector<float>.Count)
        {
            var r = Vector.LoadUnsafe(ref red, (nuint)i);
            var g = Vector.LoadUnsafe(ref green, (nuint)i);
            var b = Vector.LoadUnsafe(ref blue, (nuint)i);
            local.Apply(ref r, ref g, ref b);
            r.StoreUnsafe(ref red, (nuint)i);
            g.StoreUnsafe(ref green, (nuint)i);
            b.StoreUnsafe(ref blue, (nuint)i);
        }
        kernel = local;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Whole(ref float source, int at) => Vector256.ConvertToInt32(Vector256.LoadUnsafe(ref source, (nuint)at));
}
