namespace Lockstep.Simulation.Exchanges;

/// <summary>One step's exchange: who takes part, what is summed, over which lines.</summary>
/// <param name="Nodes">Everybody, as classes of equals. One class a node is the general case.</param>
/// <param name="GradientBytes">Length of the flat buffer.</param>
/// <param name="SliceBytes">Bytes of a slice, at most.</param>
public sealed record ExchangeShape(IReadOnlyList<NodeClass> Nodes, double GradientBytes, double SliceBytes, LinkSettings Link)
{
    /// <summary>How many nodes take part.</summary>
    public int Count => Nodes.Sum(c => c.Count);

    /// <summary>Slices that each of so many owners owns: as few as the slice size allows.</summary>
    public int SlicesOf(double owners) => Math.Max(1, (int)Math.Ceiling(GradientBytes / (owners * SliceBytes) * (1 - 1e-12)));
}
