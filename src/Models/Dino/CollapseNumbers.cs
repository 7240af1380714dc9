using Lockstep.Models.Options;

namespace Lockstep.Models.Dino;

/// <summary>What the signs of collapse are read from: numbers of one step's report.</summary>
/// <param name="Loss">Mean loss.</param>
/// <param name="Entropy">Mean entropy of the teacher's answers, 0 to ln K.</param>
/// <param name="Kl">Mean KL(teacher ‖ student).</param>
/// <param name="PrototypeEntropy">Entropy of the mean answer, <paramref name="Entropy"/> to ln K.</param>
/// <param name="FeatureStd">Spread of the L2-normalised features: 1 over the whole sphere, 0 when all are alike.</param>
/// <param name="Dead">Share of dead prototypes, 0 to 1; null when it is not known.</param>
/// <param name="Prototypes">K.</param>
/// <param name="HasCentre">Whether a centre keeps the answers apart; otherwise Sinkhorn-Knopp does.</param>
internal sealed record CollapseNumbers(double Loss, double Entropy, double Kl, double PrototypeEntropy, double FeatureStd, double? Dead, int Prototypes, bool HasCentre = true)
{
    /// <summary>ln K: the loss, and the entropy, of an answer that prefers no prototype.</summary>
    public double Uniform => Math.Log(Prototypes);

    /// <summary>Prototypes that the teacher uses, as if it used them evenly: e to the entropy of its mean answer.</summary>
    public double Used => Math.Exp(PrototypeEntropy);

    public static CollapseNumbers Of(StepReport report, DinoOptions options) => new(
        report.Loss, report.Values["teacher_entropy"], report.Values["kl"], report.Values["prototype_entropy"], report.Values["feature_std"],
        report.Values.TryGetValue("dead_prototypes", out var dead) ? dead : null, options.OutDim, options.Centering == "mean");
}
