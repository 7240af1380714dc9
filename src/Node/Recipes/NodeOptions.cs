using System.ComponentModel.DataAnnotations;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Node.Recipes;

/// <summary>Section Node: this process. Nothing here changes the result of a run.</summary>
public sealed record NodeOptions : IValidatableObject
{
    /// <summary>Name of the node, unique in the run; empty: the host's name and the process number.</summary>
    public string Name { get; init; } = "";

    /// <summary><see cref="Name"/>, or what takes its place.</summary>
    public string ResolvedName => Name.Length > 0 ? Name : $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Where the coordinator listens.</summary>
    [Required(ErrorMessage = "Node:Coordinator is empty; give the coordinator's address, e.g. http://coordinator:7000")]
    public string Coordinator { get; init; } = "";

    /// <summary>Where microbatches are computed: cpu, cuda (the first GPU) or cuda:N. All nodes of a run want devices of one kind.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads that compute microbatches side by side; 0: one a core, and one where a GPU computes.</summary>
    [Range(0, 1024, ErrorMessage = "Node:Lanes must be between 0 (one a core; one on a GPU) and 1024")]
    public int Lanes { get; init; }

    /// <summary>How long to wait for the coordinator at start, seconds.</summary>
    [Range(0.1, 86_400.0, ErrorMessage = "Node:ConnectTimeoutSeconds must be between 0.1 and 86400")]
    public double ConnectTimeoutSeconds { get; init; }

    /// <summary>How long to dial a coordinator that was lost, seconds; the node keeps its state meanwhile.</summary>
    [Range(0.1, 86_400.0, ErrorMessage = "Node:ReconnectTimeoutSeconds must be between 0.1 and 86400")]
    public double ReconnectTimeoutSeconds { get; init; }

    /// <summary>Silence after which the coordinator counts as lost, seconds; it speaks four times a second.</summary>
    [Range(1.0, 86_400.0, ErrorMessage = "Node:CoordinatorTimeoutSeconds must be between 1 and 86400")]
    public double CoordinatorTimeoutSeconds { get; init; }

    /// <summary>Address on which the node serves its state to nodes that are behind, and sums its slices (Cluster:Reducer=direct). Port 0 takes a free one.</summary>
    [Required(ErrorMessage = "Node:Listen is empty; give an address such as http://127.0.0.1:0")]
    public string Listen { get; init; } = "";

    /// <summary>Address under which other nodes reach <see cref="Listen"/>, where that is not what this machine sees: behind a port mapping or a service name. Empty: found out.</summary>
    public string Advertise { get; init; } = "";

    /// <summary>Address at which the node answers for its health alone, in plain and without a token, for probes: e.g. http://0.0.0.0:7003; empty for none.</summary>
    public string HealthListen { get; init; } = "";

    /// <summary>A ViT's blocks are computed again in backward instead of keeping what it needs: less memory for about one more forward pass, the same bits.</summary>
    public bool RecomputeBlocks { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (DeviceName.Fault("Node:Device", Device) is { } device) yield return new(device);
        if (HttpAddress.Fault("Node:Coordinator", Coordinator) is { } coordinator) yield return new(coordinator);
        if (HttpAddress.Fault("Node:Listen", Listen) is { } listen) yield return new(listen);
        if (HttpAddress.PlainFault("Node:HealthListen", HealthListen, "http://0.0.0.0:7003: it is plain HTTP, for probes that speak no TLS") is { } health) yield return new(health);
        if (HttpAddress.Fault("Node:Advertise", Advertise) is { } advertise) yield return new(advertise);
        else if (Uri.TryCreate(Advertise, UriKind.Absolute, out var address) && (address.Port == 0 || address.Host is "0.0.0.0" or "[::]"))
            yield return new($"Node:Advertise is '{Advertise}', which nobody can connect to; name the host and the port under which other nodes reach this one, or leave it empty");
    }
}
