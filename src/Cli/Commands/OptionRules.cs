using System.CommandLine;

namespace Lockstep.Cli.Commands;

/// <summary>Ranges of options, told as wrong use.</summary>
internal static class OptionRules
{
    /// <summary>Refuses values that the condition does not hold for; what is no value at all the parser refuses itself.</summary>
    public static void Require<T>(this Option<T> option, Func<T, bool> holds, string message) => option.Validators.Add(result =>
    {
        try
        {
            if (result.GetValueOrDefault<T>() is { } value && !holds(value)) result.AddError(message);
        }
        catch (InvalidOperationException)
        {
            // Not even of the option's type; that error is there already.
        }
    });
}
