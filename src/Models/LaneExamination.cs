namespace Lockstep.Models;

/// <summary>What a lane can tell of a microbatch that came out not finite.</summary>
/// <param name="Numbers">Named numbers of its forward pass, e.g. the loss of each view.</param>
/// <param name="Rows">Images of the microbatch, from 0, whose own numbers are not finite; empty when no image stands out.</param>
public sealed record LaneExamination(IReadOnlyDictionary<string, double> Numbers, IReadOnlyList<int> Rows)
{
    /// <summary>Of a method that cannot tell.</summary>
    public static LaneExamination Nothing { get; } = new(new Dictionary<string, double>(), []);
}
