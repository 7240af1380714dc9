using Lockstep.Models.Replica;

namespace Lockstep.Models.Dino;

/// <summary>Names and layouts of what DINO keeps between steps and of what a microbatch contributes to one.</summary>
public static class DinoState
{
    public const string Student = "student", Teacher = "teacher", ExpAvg = "exp_avg", ExpAvgSq = "exp_avg_sq", Statistics = "statistics";

    /// <summary>In the section "statistics": the centre, [1, K].</summary>
    public const string Center = "center";

    /// <summary>In a contribution: sum of the teacher's logits over the global crops, [K].</summary>
    public const string CenterSum = "stat.center";

    /// <summary>In a contribution: mean loss of the microbatch, [1].</summary>
    public const string Loss = "stat.loss";

    /// <summary>In a contribution: mean entropy of the teacher's softmax, [1]. Near ln K: collapse to uniform; near 0: to one prototype.</summary>
    public const string TeacherEntropy = "stat.teacher_entropy";

    /// <summary>In a contribution: mean KL(teacher ‖ student), [1]. 0 means that nothing is left to learn: collapse.</summary>
    public const string Kl = "stat.kl";

    /// <summary>In a contribution: sums over the global crops of the teacher's L2-normalised features and of their squares, [D] each.</summary>
    public const string FeatureSum = "stat.feature_sum", FeatureSquareSum = "stat.feature_square_sum";

    public static StateLayout Sections(FlatLayout network, int outDim) => new(
    [
        (Student, network),
        (Teacher, network),
        (ExpAvg, network),
        (ExpAvgSq, network),
        (Statistics, new FlatLayout([(Center, [1, outDim])])),
    ]);

    /// <summary>Gradients under the student's names and offsets, then the statistics.</summary>
    public static FlatLayout Contribution(FlatLayout network, int outDim, int dim) => new(
    [
        .. network.Entries.Select(e => (e.Name, e.Shape)),
        (CenterSum, [outDim]),
        (Loss, [1]),
        (TeacherEntropy, [1]),
        (Kl, [1]),
        (FeatureSum, [dim]),
        (FeatureSquareSum, [dim]),
    ]);
}
