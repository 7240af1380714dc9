using Lockstep.Models;
using Lockstep.Models.Options;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Node.Recipes;

/// <summary>A complete run, validated: everything that a node or a coordinator must know, nothing hidden in code.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Name of the method: dino.</summary>
    public required string Method { get; init; }
    public required RunOptions Run { get; init; }
    public required DataOptions Data { get; init; }
    public required ModelOptions Model { get; init; }
    public required DinoOptions Dino { get; init; }
    public required OptimOptions Optim { get; init; }
    public required AugmentOptions Augment { get; init; }
    public StartOptions Start { get; init; } = new();
    public required ClusterOptions Cluster { get; init; }
    public required NodeOptions Node { get; init; }
    public SecurityOptions Security { get; init; } = new();
    public required EvaluationOptions Evaluation { get; init; }
    public WatchOptions Watch { get; init; } = new();
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>
    /// The settings that decide the result, "Section:Key" to text, sorted: all of Method, Model, Dino, Optim, Augment, the
    /// run's seed, length, batch and microbatches, the data's order, and the digest of the weights that the run begins with.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Deciding { get; init; }

    /// <summary>SHA-256 of <see cref="Deciding"/>, 64 hexadecimal characters.</summary>
    public required string Hash { get; init; }

    /// <summary>All settings as a recipe file would hold them.</summary>
    public required string Json { get; init; }

    /// <summary>The run's numbers, once the dataset's size is known.</summary>
    public RunShape ShapeFor(long samples)
    {
        var steps = Run.Steps > 0 ? Run.Steps : RunLength.StepsOf(Run.Epochs, samples, Run.GlobalBatch, Data.Carries);
        return new RunShape(Run.Seed, samples, Run.GlobalBatch, Run.Microbatches, steps, Data.Carries ? LastBatch.Carry : LastBatch.Drop);
    }

    /// <summary>The method with its options, ready to make states and lanes.</summary>
    public IPretrainingMethod CreateMethod(RunShape shape) => MethodRegistry.Create(Method, OfMethod, shape);

    /// <summary>What must hold between sections, and does not.</summary>
    public IReadOnlyList<string> MethodErrors(RunShape shape) => MethodRegistry.Errors(Method, OfMethod, shape);

    private MethodOptions OfMethod => new() { Model = Model, Optim = Optim, Augment = Augment, Dino = Dino, RecomputeBlocks = Node.RecomputeBlocks };
}
