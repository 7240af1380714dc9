using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lockstep.Node.Augment;

/// <summary>Bytes of a plane as lanes of vectors, and back.</summary>
internal static class Lanes
{
    /// <summary>Lanes of one vector.</summary>
    public const int Count = 8;

    /// <summary>Eight bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(ref byte from)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref from)).AsByte();
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(bytes);
        var words = Vector128.WidenLower(bytes);
        return Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)).AsInt32();
    }

    /// <summary>Eight values 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> values, ref byte into)
    {
        var words = Vector128.Narrow(values.GetLower().AsUInt32(), values.GetUpper().AsUInt32());
        Unsafe.WriteUnaligned(ref into, Vector128.Narrow(words, words).AsUInt64().ToScalar());
    }

    /// <summary>Thirty-two values 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d, ref byte into)
    {
        if (Avx2.IsSupported)
        {
            // Packing works in halves: put the eighths in order.
            var bytes = Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
            var order = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7);
            Avx2.PermuteVar8x32(bytes.AsInt32(), order).AsByte().StoreUnsafe(ref into);
            return;
        }
        Store(a, ref into);
        Store(b, ref Unsafe.Add(ref into, Count));
        Store(c, ref Unsafe.Add(ref into, 2 * Count));
        Store(d, ref Unsafe.Add(ref into, 3 * Count));
    }
}
