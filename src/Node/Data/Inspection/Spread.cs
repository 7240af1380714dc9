namespace Lockstep.Node.Data.Inspection;

/// <summary>Smallest, middle and largest of some numbers.</summary>
public readonly record struct Spread(double Smallest, double Median, double Largest)
{
    /// <summary>Of at least one number; sorts them. The median of an even count is the upper of the two in the middle.</summary>
    internal static Spread Of(double[] numbers)
    {
        Array.Sort(numbers);
        return new Spread(numbers[0], numbers[numbers.Length / 2], numbers[^1]);
    }
}
