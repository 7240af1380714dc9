using System.Runtime.Intrinsics;

namespace Lockstep.Node.Augment;

/// <summary>One box blur of a cascade, in registers: it takes row after row and gives the blurred row that lies <see cref="Radius"/> + 1 before.</summary>
internal interface IBoxStage
{
    static abstract int Radius { get; }

    /// <summary>The row that was taken last.</summary>
    Vector256<int> Last { get; }

    /// <summary>Takes the first row, which stands for those before it too.</summary>
    void Start(Vector256<int> first);

    /// <summary>Takes one of the rows before which nothing can be given yet: as many as the radius.</summary>
    void Feed(Vector256<int> next);

    /// <summary>Takes a row and gives one.</summary>
    Vector256<int> Step(Vector256<int> next, Vector256<int> whole, Vector256<int> partial);
}
