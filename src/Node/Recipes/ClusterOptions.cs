using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Cluster: who takes part. Nothing here changes the result of a run.</summary>
public sealed record ClusterOptions : IValidatableObject
{
    /// <summary>Nodes that the coordinator waits for before it starts.</summary>
    [Range(1, 4096, ErrorMessage = "Cluster:Nodes must be between 1 and 4096")]
    public int Nodes { get; init; }

    /// <summary>Address that the coordinator listens on, e.g. http://0.0.0.0:7000. Port 0 takes a free one.</summary>
    [Required(ErrorMessage = "Cluster:Listen is empty; give an address such as http://127.0.0.1:7000")]
    public string Listen { get; init; } = "";

    /// <summary>Who sums slices: hub (the coordinator).</summary>
    [AllowedValues("hub", ErrorMessage = "Cluster:Reducer must be hub")]
    public string Reducer { get; init; } = "";

    /// <summary>Floats a slice on the exchange stream.</summary>
    [Range(1024, 1 << 20, ErrorMessage = "Cluster:SliceFloats must be between 1024 and 1048576")]
    public int SliceFloats { get; init; }

    /// <summary>Silence after which a node counts as lost, seconds.</summary>
    [Range(2, 86_400, ErrorMessage = "Cluster:NodeTimeoutSeconds must be between 2 and 86400")]
    public double NodeTimeoutSeconds { get; init; }

    /// <summary>Lets nodes of different kernel fingerprints take part; digests may then differ from other runs.</summary>
    public bool AllowMixed { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (HttpAddress.Fault("Cluster:Listen", Listen) is { } fault) yield return new(fault);
    }
}
