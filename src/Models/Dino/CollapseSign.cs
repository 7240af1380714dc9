using System.Globalization;

namespace Lockstep.Models.Dino;

/// <summary>One way in which self-distillation goes wrong: how it shows, and what helps. Reasons of the limits: docs/dino.md, "What to watch".</summary>
/// <param name="Kind">Name for programs.</param>
/// <param name="ResemblesTheStart">A new network shows it as well: it counts only once the network has learnt for a while.</param>
/// <param name="Shows">The step shows it.</param>
/// <param name="IsGone">The step does not show it by far; between the two nothing is known.</param>
/// <param name="Text">What is seen, what it means, what to do.</param>
internal sealed record CollapseSign(
    string Kind, bool ResemblesTheStart, Func<CollapseNumbers, bool> Shows, Func<CollapseNumbers, bool> IsGone, Func<CollapseNumbers, string> Text)
{
    private const double AtUniform = 0.01, FarFromUniform = 0.03, FewPrototypes = 0.3, ManyPrototypes = 0.45;
    private const double MostDead = 0.95, FewerDead = 0.9, AlikeStd = 0.1, SpreadStd = 0.15;

    /// <summary>All signs.</summary>
    public static IReadOnlyList<CollapseSign> All { get; } =
    [
        new("uniform", ResemblesTheStart: true,
            n => Math.Abs(n.Loss / n.Uniform - 1) < AtUniform && n.Entropy / n.Uniform > 1 - AtUniform,
            n => Math.Abs(n.Loss / n.Uniform - 1) > FarFromUniform || n.Entropy / n.Uniform < 1 - FarFromUniform,
            n => Invariant($"the loss sits at ln K ({n.Loss:F3}; ln {n.Prototypes} = {n.Uniform:F3}) and the teacher's answers prefer no prototype (entropy {n.Entropy:F3}): collapse to uniform. ") +
                "Sharpen the teacher with a lower Dino:TeacherTemp and Dino:WarmupTeacherTemp (0.04; above 0.07 is unstable), lower Optim:LearningRate or lengthen Optim:WarmupEpochs"),
        new("one_prototype", ResemblesTheStart: false,
            n => n.PrototypeEntropy / n.Uniform < FewPrototypes,
            n => n.PrototypeEntropy / n.Uniform > ManyPrototypes,
            n => Invariant($"the teacher answers all images with the same few of {n.Prototypes} prototypes (as if with {n.Used:F1}; entropy of an answer {n.Entropy:F3}): collapse to one prototype. ") +
                (n.HasCentre ? "Let the centre follow faster with a lower Dino:CenterMomentum (0.9), raise" : $"{BalanceMore}, raise") +
                " Dino:TeacherTemp, raise Dino:MomentumTeacher (towards 1) or Run:GlobalBatch"),
        new("dead_prototypes", ResemblesTheStart: false,
            n => n.Dead > MostDead,
            n => n.Dead < FewerDead,
            n => Invariant($"{100 * n.Dead:F1} % of the {n.Prototypes} prototypes get almost nothing of the teacher's answers: partial collapse, or more prototypes than the images have content for. ") +
                (n.HasCentre ? "Lower Dino:OutDim, let the centre follow faster with a lower Dino:CenterMomentum, raise" : $"{BalanceMore}, raise") +
                " Dino:TeacherTemp or Run:GlobalBatch"),
        new("features_alike", ResemblesTheStart: true,
            n => n.FeatureStd < AlikeStd,
            n => n.FeatureStd > SpreadStd,
            n => Invariant($"the teacher's features of different images are almost alike (standard deviation {n.FeatureStd:F3} of what a spread over the sphere has): the backbone tells them apart less and less. ") +
                "Lower Optim:LearningRate or lengthen Optim:WarmupEpochs, raise Dino:MomentumTeacher (towards 1) or Run:GlobalBatch"),
    ];

    // Sinkhorn-Knopp spreads the answers of one microbatch over the prototypes, and reads no centre.
    private const string BalanceMore = "Let Sinkhorn-Knopp balance more answers at once with fewer Run:Microbatches, lower Dino:OutDim";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
