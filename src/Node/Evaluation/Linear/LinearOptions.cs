namespace Lockstep.Node.Evaluation.Linear;

/// <summary>How linear probes are trained; the defaults are those of DINO's eval_linear.py.</summary>
public sealed record LinearOptions
{
    public int Epochs { get; init; } = 100;

    /// <summary>Images a step. The original's 128 are of one GPU.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Learning rates for 256 images a step; one probe each, all trained on the same batches.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [0.001];

    /// <summary>Key of the initial weights, of the order of the images and of their views.</summary>
    public ulong Seed { get; init; }
}
