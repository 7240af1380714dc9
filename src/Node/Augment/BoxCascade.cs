using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>
/// Three box blurs at once, down eight columns: each takes the row that the one before has just made, so nothing is stored
/// in between. For radius 0, which sigmas up to 1.41 have, and radius 1, up to 2.4.
/// </summary>
internal static class BoxCascade
{
    /// <summary>True where a strip of this height can be blurred so.</summary>
    public static bool Takes(ExtendedBox box, int height) => box.Radius <= 1 && height >= 3 * (box.Radius + 1);

    /// <param name="strip">Begins at the first of the eight columns; blurred in place.</param>
    /// <param name="height">Rows.</param>
    /// <param name="stride">From row to row.</param>
    /// <param name="box">The box.</param>
    public static void Run(Span<byte> strip, int height, int stride, ExtendedBox box)
    {
        if (box.Radius == 0) Run<BoxStage0>(strip, height, stride, box);
        else Run<BoxStage1>(strip, height, stride, box);
    }

    private static void Run<TStage>(Span<byte> strip, int height, int stride, ExtendedBox box) where TStage : struct, IBoxStage
    {
        ref var column = ref MemoryMarshal.GetReference(strip[..((height - 1) * stride + Lanes.Count)]);
        var (whole, partial) = box.Weights;
        TStage s1 = default, s2 = default, s3 = default;

        var y = 0;
        s1.Start(Load(ref column, stride, y++));
        if (TStage.Radius == 1) s1.Feed(Load(ref column, stride, y++));
        s2.Start(s1.Step(Load(ref column, stride, y++), whole, partial));
        if (TStage.Radius == 1) s2.Feed(s1.Step(Load(ref column, stride, y++), whole, partial));
        s3.Start(s2.Step(s1.Step(Load(ref column, stride, y++), whole, partial), whole, partial));
        if (TStage.Radius == 1) s3.Feed(s2.Step(s1.Step(Load(ref column, stride, y++), whole, partial), whole, partial));

        var done = 0;
        for (; y < height; y++, done++)
            Store(s3.Step(s2.Step(s1.Step(Load(ref column, stride, y), whole, partial), whole, partial), whole, partial), ref column, stride, done);

        // After the last row of each blur there is its last row again.
        for (; done < height - 2 * (TStage.Radius + 1); done++)
            Store(s3.Step(s2.Step(s1.Step(s1.Last, whole, partial), whole, partial), whole, partial), ref column, stride, done);
        for (; done < height - (TStage.Radius + 1); done++)
            Store(s3.Step(s2.Step(s2.Last, whole, partial), whole, partial), ref column, stride, done);
        for (; done < height; done++)
            Store(s3.Step(s3.Last, whole, partial), ref column, stride, done);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(ref byte column, int stride, int y) => Lanes.Load(ref Unsafe.Add(ref column, y * stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> row, ref byte column, int stride, int y) => Lanes.Store(row, ref Unsafe.Add(ref column, y * stride));
}
