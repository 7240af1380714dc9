using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>Rules for options that are lists of numbers: intervals [low, high], probabilities, channel values.</summary>
internal static class IntervalRules
{
    /// <summary>Two numbers in ascending order, the first above <paramref name="above"/>, the second at most <paramref name="atMost"/>.</summary>
    public static IEnumerable<ValidationResult> Check(string key, double[]? value, double above, double atMost, string remedy)
    {
        if (value is not { Length: 2 } || !(value[0] > above && value[0] <= value[1] && value[1] <= atMost))
            yield return new ValidationResult($"{key} must be two ascending numbers above {above} and at most {atMost}, not {Show(value)}: {remedy}");
    }

    /// <summary>A fixed count of numbers, each in [low, high].</summary>
    public static IEnumerable<ValidationResult> CheckEach(string key, double[]? value, int count, double low, double high, string remedy)
    {
        if (value is null || value.Length != count || !value.All(v => v >= low && v <= high))
            yield return new ValidationResult($"{key} must be {count} numbers from {low} to {high}, not {Show(value)}: {remedy}");
    }

    private static string Show(double[]? value) => value is null ? "missing" : $"[{string.Join(", ", value)}]";
}
