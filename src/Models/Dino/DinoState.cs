using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Dino;

/// <summary>Names and layouts of what DINO keeps between steps and of what a microbatch contributes to one.</summary>
public static class DinoState
{
    /// <summary>Sections of the state, beside the optimizer's moments: two networks, parameters first and running statistics behind, and the rest.</summary>
    public const string Student = "student", Teacher = "teacher", Statistics = "statistics";

    /// <summary>In the section "statistics": the centre, [1, K].</summary>
    public const string Center = "center";

    /// <summary>In the section "statistics", where the recipe has Optim:SkipNotFinite: steps that were left out just before, [1].</summary>
    public const string SkippedSteps = "skipped_steps";

    /// <summary>In a contribution: sum of the teacher's logits over the global crops, [K].</summary>
    public const string CenterSum = "stat.center";

    /// <summary>In a contribution: mean loss of the microbatch, equation 3 of the paper alone, [1].</summary>
    public const string Loss = "stat.loss";

    /// <summary>In a contribution: mean entropy of the teacher's softmax, [1]. Near ln K: collapse to uniform; near 0: to one prototype.</summary>
    public const string TeacherEntropy = "stat.teacher_entropy";

    /// <summary>In a contribution: mean KL(teacher ‖ student), [1]. 0 means that nothing is left to learn: collapse.</summary>
    public const string Kl = "stat.kl";

    /// <summary>In a contribution: sums over the global crops of the teacher's L2-normalised features and of their squares, [D] each.</summary>
    public const string FeatureSum = "stat.feature_sum", FeatureSquareSum = "stat.feature_square_sum";

    /// <summary>In a contribution, where the recipe weighs it: KoLeo loss of the microbatch, both global views added, without its weight, [1].</summary>
    public const string KoLeo = "stat.koleo";
    /// <summary>In a contribution: what each prototype gets of the teacher's probability, summed over the global crops, [K].</summary>
    public const string Prototypes = "stat.prototypes";

    /// <summary>
    /// In a contribution, before the name of a running statistic: what a microbatch's passes make of a zero,
    /// see <see cref="BatchNorm.Advance"/>.
    /// </summary>
    public const string StudentPasses = "stat.student.", TeacherPasses = "stat.teacher.";

    /// <param name="network">Student and teacher.</param>
    /// <param name="moments">The optimizer's sections.</param>
    /// <param name="outDim">K.</param>
    /// <param name="skips">Whether steps may be left out.</param>
    public static StateLayout Sections(LayoutRecorder network, IReadOnlyList<string> moments, int outDim, bool skips) => new(
    [
        (Student, network.Layout),
        (Teacher, network.Layout),
        .. moments.Select(moment => (moment, network.ParameterLayout)),
        (Statistics, new FlatLayout(skips ? [(Center, [1, outDim]), (SkippedSteps, [1])] : [(Center, [1, outDim])])),
    ]);

    /// <summary>Gradients under the parameters' names and offsets, then the statistics.</summary>
    public static FlatLayout Contribution(LayoutRecorder network, int outDim, int dim, bool hasKoLeo = false) => new(
    [
        .. network.ParameterLayout.Entries.Select(e => (e.Name, e.Shape)),
        (CenterSum, [outDim]),
        (Loss, [1]),
        (TeacherEntropy, [1]),
        (Kl, [1]),
        (FeatureSum, [dim]),
        (FeatureSquareSum, [dim]),
        (Prototypes, [outDim]),
        .. network.StatisticsLayout.Entries.Select(e => (StudentPasses + e.Name, e.Shape)),
        .. network.StatisticsLayout.Entries.Select(e => (TeacherPasses + e.Name, e.Shape)),
        .. hasKoLeo ? [(KoLeo, [1])] : Array.Empty<(string, IReadOnlyList<long>)>(),
    ]);
}
