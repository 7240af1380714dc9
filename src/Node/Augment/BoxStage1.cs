using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>Radius 1: three whole pixels and a part of each neighbour.</summary>
internal struct BoxStage1 : IBoxStage
{
    private Vector256<int> _a, _b, _c, _d;

    public static int Radius => 1;

    public readonly Vector256<int> Last => _d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(Vector256<int> first) => _a = _b = _c = first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Feed(Vector256<int> next) => _d = next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Step(Vector256<int> next, Vector256<int> whole, Vector256<int> partial)
    {
        var result = ExtendedBox.Mean(_b + _c + _d, _a + next, whole, partial);
        (_a, _b, _c, _d) = (_b, _c, _d, next);
        return result;
    }
}
