using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>Radius 0: one whole pixel and a part of each neighbour.</summary>
internal struct BoxStage0 : IBoxStage
{
    private Vector256<int> _before, _middle;

    public static int Radius => 0;

    public readonly Vector256<int> Last => _middle;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Start(Vector256<int> first) => _before = _middle = first;

    public readonly void Feed(Vector256<int> next) => throw new InvalidOperationException("radius 0 gives a row for every one it takes");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Step(Vector256<int> next, Vector256<int> whole, Vector256<int> partial)
    {
        var result = ExtendedBox.Mean(_middle, _before + next, whole, partial);
        (_before, _middle) = (_middle, next);
        return result;
    }
}
