using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Cluster: who takes part. Nothing here changes the result of a run.</summary>
public sealed record ClusterOptions : IValidatableObject
{
    /// <summary>Nodes that the coordinator waits for before it starts.</summary>
    [Range(1, 4096, ErrorMessage = "Cluster:Nodes must be between 1 and 4096")]
    public int Nodes { get; init; }

    /// <summary>Nodes below which a run that has begun waits for others instead of going on.</summary>
    [Range(1, 4096, ErrorMessage = "Cluster:MinNodes must be between 1 and 4096")]
    public int MinNodes { get; init; }

    /// <summary>Address that the coordinator listens on, e.g. http://0.0.0.0:7000. Port 0 takes a free one.</summary>
    [Required(ErrorMessage = "Cluster:Listen is empty; give an address such as http://127.0.0.1:7000")]
    public string Listen { get; init; } = "";

    /// <summary>Address of the coordinator's status page for browsers, e.g. http://0.0.0.0:7080; empty for none.</summary>
    public string StatusListen { get; init; } = "";

    /// <summary>Address at which the coordinator answers for its health alone, in plain and without a token, for probes: e.g. http://0.0.0.0:7002; empty for none.</summary>
    public string HealthListen { get; init; } = "";

    /// <summary>Who sums slices: hub (the coordinator), direct (every node its share) or auto.</summary>
    [AllowedValues("hub", "direct", "auto", ErrorMessage = "Cluster:Reducer must be hub, direct or auto")]
    public string Reducer { get; init; } = "";

    /// <summary>Nodes a group of the direct reducer, which then sums in two levels; 0: one level up to 64 nodes, two beyond.</summary>
    [Range(0, 4096, ErrorMessage = "Cluster:GroupSize must be between 0 and 4096")]
    public int GroupSize { get; init; }

    /// <summary>Floats a slice on the exchange stream.</summary>
    [Range(1024, 1 << 20, ErrorMessage = "Cluster:SliceFloats must be between 1024 and 1048576")]
    public int SliceFloats { get; init; }

    /// <summary>Silence after which a node counts as lost, seconds, at least: more for one that has shown pauses.</summary>
    [Range(1.0, 86_400.0, ErrorMessage = "Cluster:NodeTimeoutSeconds must be between 1 and 86400")]
    public double NodeTimeoutSeconds { get; init; }

    /// <summary>How long nodes are waited for after a start of the coordinator, or after all were lost, seconds.</summary>
    [Range(0.0, 86_400.0, ErrorMessage = "Cluster:ReturnWaitSeconds must be between 0 and 86400")]
    public double ReturnWaitSeconds { get; init; }

    /// <summary>What SIGTERM to the coordinator does: stop ends the run, handover leaves it to the next coordinator with the same journal (a rescheduled pod).</summary>
    [AllowedValues("stop", "handover", ErrorMessage = "Cluster:OnTerminate must be stop or handover")]
    public string OnTerminate { get; init; } = "";

    /// <summary>State digests are computed and compared at every step that is a multiple of this.</summary>
    [Range(1, 1_000_000, ErrorMessage = "Cluster:DigestEverySteps must be between 1 and 1000000")]
    public int DigestEverySteps { get; init; }

    /// <summary>Lets nodes of different kernel fingerprints take part; digests may then differ from other runs.</summary>
    public bool AllowMixed { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MinNodes > Nodes) yield return new($"Cluster:MinNodes ({MinNodes}) must not be more than Cluster:Nodes ({Nodes})");
        if (HttpAddress.Fault("Cluster:Listen", Listen) is { } fault) yield return new(fault);
        if (HttpAddress.PlainFault("Cluster:StatusListen", StatusListen, "http://127.0.0.1:7080: the page is plain HTTP, for a browser on the machine or behind a proxy that knows who may look") is { } page) yield return new(page);
        if (HttpAddress.PlainFault("Cluster:HealthListen", HealthListen, "http://0.0.0.0:7002: it is plain HTTP, for probes that speak no TLS") is { } health) yield return new(health);
    }
}
