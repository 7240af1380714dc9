using System.Text.Json.Serialization;
using Lockstep.Models.Replica;

namespace Lockstep.Node.Replica.NotFinite;

/// <summary>A tensor with numbers that cannot be computed with.</summary>
/// <param name="Name">Its name in the layout; of the state, with the section before it.</param>
/// <param name="Nan">Numbers that are NaN.</param>
/// <param name="Infinite">Numbers that are infinite, or so large that their squares are.</param>
/// <param name="Numbers">All numbers of the tensor.</param>
public sealed record TensorFault(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("nan")] int Nan,
    [property: JsonPropertyName("infinite")] int Infinite,
    [property: JsonPropertyName("numbers")] long Numbers)
{
    /// <summary>The faulty tensors of a buffer, in its order.</summary>
    /// <param name="prefix">Before each name.</param>
    public static IReadOnlyList<TensorFault> Of(FlatBuffer buffer, string prefix = "")
    {
        var faults = new List<TensorFault>();
        foreach (var entry in buffer.Layout.Entries)
        {
            var numbers = buffer.SpanOf(entry.Name);
            if (UsableNumbers.Are(numbers)) continue;
            var (nan, infinite) = (0, 0);
            foreach (var number in numbers)
            {
                if (float.IsNaN(number)) nan++;
                else if (!(Math.Abs(number) < UsableNumbers.Limit)) infinite++;
            }
            faults.Add(new(prefix + entry.Name, nan, infinite, entry.Length));
        }
        return faults;
    }
}
