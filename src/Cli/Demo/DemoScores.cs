using Lockstep.Node.Evaluation;

namespace Lockstep.Cli.Demo;

/// <summary>k-NN accuracy (0 to 1) of the same images seen three ways.</summary>
/// <param name="Pixels">The pixels themselves.</param>
/// <param name="Initial">The network before its first step.</param>
/// <param name="Trained">The EMA teacher after the last.</param>
/// <param name="Chance">Guessing.</param>
internal sealed record DemoScores(KnnScore Pixels, KnnScore Initial, KnnScore Trained, double Chance);
