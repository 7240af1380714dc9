using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>
/// The distribution q that the student has to predict, from the teacher's logits t over K prototypes, as its logarithm. Two ways
/// keep it from collapsing to one answer for all images.
/// </summary>
public static class TeacherAnswer
{
    /// <summary>Rounds of SwAV and DINOv2.</summary>
    private const int SinkhornRounds = 3;

    /// <summary>Centred and sharpened: log softmax((t - c) / τt), [2 * B, K] (section 3.1 of the DINO paper).</summary>
    /// <param name="teacher">Logits, without gradient: [2 * B, K].</param>
    /// <param name="center">Running mean of the teacher's logits: [1, K].</param>
    /// <param name="temperature">τt.</param>
    public static Tensor Centred(Tensor teacher, Tensor center, double temperature) =>
        nn.functional.log_softmax((teacher - center).Over(temperature), -1);

    /// <summary>
    /// Sinkhorn-Knopp (Caron et al. 2020, arXiv 2006.09882, section 3.1): exp(t / τt) with its columns, one a prototype, and its
    /// rows, one an answer, brought to equal sums in turns, rows last. In logarithms that is a log softmax along either side;
    /// the original's factors 1 / K and 1 / rows cancel.
    /// </summary>
    public static Tensor Balanced(Tensor teacher, double temperature)
    {
        using var scope = NewDisposeScope();
        var logQ = teacher.Over(temperature);                                               // [2B, K]
        for (var round = 0; round < SinkhornRounds; round++)
            logQ = nn.functional.log_softmax(nn.functional.log_softmax(logQ, 0), -1);
        return logQ.MoveToOuterDisposeScope();
    }
}
