using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace Lockstep.Node.Recipes;

/// <summary>Section Start: weights that a new run begins with. Which weights, is part of the result; where they lie, is not.</summary>
public sealed partial record StartOptions : IValidatableObject
{
    /// <summary>A weights file (.safetensors, .pth; docs/weights.md). Empty: the run begins with weights of chance. Nodes need it until the first checkpoint.</summary>
    public string Weights { get; init; } = "";

    /// <summary>What is taken. "teacher", "student": that network's backbone, for student and teacher alike, with new heads. "both": a full checkpoint's networks, heads and centre.</summary>
    [AllowedValues("teacher", "student", "both", ErrorMessage = "Start:Section must be teacher, student or both")]
    public string Section { get; init; } = "teacher";

    /// <summary>Resizes position embeddings that were made for another image size, bicubically; false: that is an error.</summary>
    public bool ResizePositions { get; init; }

    /// <summary>SHA-256 of the file, 64 hexadecimal characters. Empty: read off the file. Given: the file is checked against it, and only nodes that begin the run need it.</summary>
    public string Digest { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Digest.Length > 0 && !Sha256().IsMatch(Digest)) yield return new("Start:Digest must be 64 hexadecimal characters in lower case, as 'lockstep inspect FILE' prints them");
        if (Digest.Length > 0 && Weights.Length == 0) yield return new("Start:Digest is given, but Start:Weights is empty; name the file, or leave both empty");
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256();
}
