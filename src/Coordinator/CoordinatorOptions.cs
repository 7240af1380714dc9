using System.ComponentModel.DataAnnotations;
using System.Numerics;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos.Security;

namespace Lockstep.Coordinator;

/// <summary>What a coordinator is started with. Defaults live in recipes, not here.</summary>
public sealed record CoordinatorOptions : IValidatableObject
{
    /// <summary>Address to listen on, e.g. http://0.0.0.0:7000; port 0 takes a free one (see <see cref="AddressFile"/>).</summary>
    [Required]
    public required string Listen { get; init; }

    /// <summary>Address of the status page, e.g. http://127.0.0.1:7080; empty for none.</summary>
    public string StatusListen { get; init; } = "";

    /// <summary>Address at which health alone is answered, in plain and without a token, e.g. http://0.0.0.0:7002; empty for none.</summary>
    public string HealthListen { get; init; } = "";

    /// <summary>How the coordinator and its nodes know each other.</summary>
    public SecurityOptions Security { get; init; } = new();

    /// <summary>Nodes to wait for before the first step.</summary>
    [Range(1, 4096)]
    public required int ExpectedNodes { get; init; }

    /// <summary>Nodes below which a run waits instead of going on.</summary>
    [Range(1, 4096)]
    public int MinNodes { get; init; } = 1;

    /// <summary>Hash of all settings that decide the result.</summary>
    [Required]
    public required string RecipeHash { get; init; }

    /// <summary>Steps of the run; null: as many as <see cref="Epochs"/> take.</summary>
    [Range(1, long.MaxValue)]
    public required long? Steps { get; init; }

    /// <summary>Passes over the dataset, used when <see cref="Steps"/> is null.</summary>
    [Range(0.0, 1e9)]
    public required double Epochs { get; init; }

    /// <summary>Whether an epoch's last images go into a step of the next epoch, instead of being left out: decides how many steps <see cref="Epochs"/> take.</summary>
    public bool CarriesLastBatch { get; init; }

    /// <summary>Images a step.</summary>
    [Range(1, int.MaxValue)]
    public required int GlobalBatch { get; init; }

    /// <summary>M: pieces of a step, a power of two.</summary>
    [Range(1, 65_536)]
    public required int Microbatches { get; init; }

    /// <summary>Who sums: hub, direct or auto.</summary>
    [Required, AllowedValues("hub", "direct", "auto", ErrorMessage = "Reducer must be 'hub', 'direct' or 'auto'.")]
    public required string Reducer { get; init; }

    /// <summary>Members a group of the direct reducer; 0: one level up to 64 nodes, two beyond.</summary>
    [Range(0, 4096)]
    public int GroupSize { get; init; }

    /// <summary>Floats a slice of the flat buffer; 262,144 (1 MiB) suits most networks.</summary>
    [Range(1, 16_777_216)]
    public required int SliceFloats { get; init; }

    /// <summary>Seconds of silence after which a node counts as lost, at least: more for one that has shown pauses. Nodes speak four times a second.</summary>
    [Range(1.0, 86_400.0)]
    public required double NodeTimeoutSeconds { get; init; }

    /// <summary>Seconds for which nodes of the last generation are waited for after a loss of all or a start of the coordinator.</summary>
    [Range(0.0, 86_400.0)]
    public double ReturnWaitSeconds { get; init; } = 10;

    /// <summary>State digests are compared at every step that is a multiple of this.</summary>
    [Range(1, 1_000_000)]
    public int DigestEverySteps { get; init; } = 1;

    /// <summary>Spans are emitted of every step that ends at a multiple of this, and of every disturbed one; 0: of those alone.</summary>
    [Range(0, 1_000_000_000)]
    public int TraceEverySteps { get; init; }

    /// <summary>Let nodes of differing kernel fingerprints in, with a warning.</summary>
    public required bool AllowMixed { get; init; }

    /// <summary>File that receives the bound address once the coordinator listens; null for none.</summary>
    public string? AddressFile { get; init; }

    /// <summary>Folder of the journal by which a coordinator that was killed goes on; null: none is kept.</summary>
    public string? Journal { get; init; }

    /// <summary>What SIGTERM does: stop ends the run, handover ends only this process, and the next one with the same <see cref="Journal"/> goes on.</summary>
    [Required, AllowedValues("stop", "handover", ErrorMessage = "OnTerminate must be 'stop' or 'handover'.")]
    public string OnTerminate { get; init; } = "stop";

    /// <summary>Take a run over from its nodes when the journal is lost.</summary>
    public bool Adopt { get; init; }

    /// <summary>Identifier of a new run, 32 hexadecimal characters; null makes one up. The journal's goes before it.</summary>
    [RegularExpression("[0-9a-f]{32}", ErrorMessage = "RunId must be 32 lower-case hexadecimal characters.")]
    public string? RunId { get; init; }

    /// <summary>Throws one <see cref="ValidationException"/> that names everything that is wrong.</summary>
    public void Validate()
    {
        var errors = new List<ValidationResult>();
        if (Validator.TryValidateObject(this, new(this), errors, validateAllProperties: true)) return;
        throw new ValidationException($"The coordinator cannot start: {string.Join(" ", errors.Select(error => error.ErrorMessage))}");
    }

    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(Listen, UriKind.Absolute, out var address) || address.Scheme != Security.Scheme)
            yield return new($"Listen is '{Listen}'; an address such as {Security.Scheme}://127.0.0.1:7000 is expected.", [nameof(Listen)]);
        if (!IsPlainOrNone(StatusListen))
            yield return new($"StatusListen is '{StatusListen}'; an address such as http://127.0.0.1:7080 is expected.", [nameof(StatusListen)]);
        if (!IsPlainOrNone(HealthListen))
            yield return new($"HealthListen is '{HealthListen}'; an address such as http://127.0.0.1:7002 is expected.", [nameof(HealthListen)]);
        if (!BitOperations.IsPow2(Microbatches))
            yield return new($"Microbatches is {Microbatches}; it must be a power of two.", [nameof(Microbatches)]);
        else if (GlobalBatch % Microbatches != 0)
            yield return new($"GlobalBatch is {GlobalBatch}; it must be a multiple of Microbatches ({Microbatches}).", [nameof(GlobalBatch)]);
        if (ExpectedNodes > Microbatches)
            yield return new($"ExpectedNodes is {ExpectedNodes}, but {Microbatches} microbatches keep at most as many nodes busy: use fewer nodes or more microbatches.", [nameof(ExpectedNodes)]);
        if (MinNodes > ExpectedNodes)
            yield return new($"MinNodes is {MinNodes}, more than the {ExpectedNodes} nodes that the run waits for: lower it.", [nameof(MinNodes)]);
        if (OnTerminate == "handover" && Journal is null)
            yield return new("OnTerminate is 'handover', but there is no journal that the next coordinator could go on from: give a folder with --journal, or set Cluster:OnTerminate=stop.", [nameof(OnTerminate)]);
        if (Steps is null && Epochs <= 0)
            yield return new("Neither Steps nor Epochs says how long the run is: set one of them.", [nameof(Steps)]);
    }

    internal RunSettings ToSettings() => new(
        RecipeHash, ExpectedNodes, MinNodes, Steps, Epochs, GlobalBatch, Microbatches, Reducer, GroupSize, SliceFloats,
        TimeSpan.FromSeconds(NodeTimeoutSeconds), TimeSpan.FromSeconds(ReturnWaitSeconds), DigestEverySteps, AllowMixed)
    {
        CarriesLastBatch = CarriesLastBatch,
    };

    private static bool IsPlainOrNone(string address) =>
        address.Length == 0 || (Uri.TryCreate(address, UriKind.Absolute, out var plain) && plain.Scheme == Uri.UriSchemeHttp);
}
