using System.ComponentModel.DataAnnotations;

namespace Lockstep.Models.Options;

/// <summary>Collects every error of an options record, where Validator alone would stop before IValidatableObject.</summary>
public static class OptionErrors
{
    /// <summary>All messages, each naming key and remedy; empty when the options are valid.</summary>
    public static IReadOnlyList<string> Of(object options)
    {
        var context = new ValidationContext(options);
        var results = new List<ValidationResult>();
        var attributesPass = Validator.TryValidateObject(options, context, results, validateAllProperties: true);
        if (!attributesPass && options is IValidatableObject self) results.AddRange(self.Validate(context));
        return [.. results.Select(r => r.ErrorMessage ?? "invalid").Distinct()];
    }
}
