using Lockstep.Models.Weights;

namespace Lockstep.Node.Export;

/// <summary>What is to be exported, and where to.</summary>
/// <param name="Output">The .safetensors file; a .json beside it is the model card.</param>
/// <param name="Section">teacher or student; null: the teacher, and with <see cref="ExportFormat.Dino"/> both.</param>
/// <param name="Force">Replaces files that are there.</param>
public sealed record ExportRequest(string Output, ExportFormat Format, string? Section, bool Force)
{
    public const string Extension = ".safetensors";

    /// <summary>The model card's file.</summary>
    public string Card => Path.ChangeExtension(Output, ".json");
}
